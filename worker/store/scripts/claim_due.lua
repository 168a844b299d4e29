-- Leases the feeds longest overdue. Returns feed id, token, feed id, token, ...
-- KEYS due, leases, turn; ARGV limit, lease in ms
--
-- A lease is a due time in the future: a poller that dies leaves its feed to come due again. The
-- token is that time; its fraction comes from a counter, so that two leases that one feed gets within
-- one millisecond differ.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call(
  'ZRANGE', KEYS[1], '-inf', string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, ARGV[1]
)
if #ids == 0 then
  return {}
end
local turn = redis.call('INCRBY', KEYS[3], #ids)
local leases = {}
for i, id in ipairs(ids) do
  local token = string.format('%.3f', now + tonumber(ARGV[2]) + ((turn + i) % 1000) / 1000)
  redis.call('ZADD', KEYS[1], 'XX', token, id)
  redis.call('HSET', KEYS[2], id, token)
  leases[#leases + 1] = id
  leases[#leases + 1] = token
end
return leases
