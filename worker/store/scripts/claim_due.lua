-- Leases what is longest overdue. Returns id, token, id, token, ...
-- KEYS due, leases, turn; ARGV limit, lease in ms
--
-- While leased, the due time is the end of the lease: a holder that dies leaves its work to come due
-- again. The lease itself is the token, with a plus before it once the work has begun.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call(
  'ZRANGE', KEYS[1], '-inf', string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, ARGV[1]
)
if #ids == 0 then
  return {}
end
local turn = redis.call('INCRBY', KEYS[3], #ids) - #ids
local ends = string.format('%.0f', now + ARGV[2])
local leases = {}
for i, id in ipairs(ids) do
  local token = string.format('%.0f', turn + i)
  redis.call('ZADD', KEYS[1], 'XX', ends, id)
  redis.call('HSET', KEYS[2], id, token)
  leases[#leases + 1] = id
  leases[#leases + 1] = token
end
return leases
