-- uses core, steady, leases
-- Leases the feeds or pages that are due, the longest overdue first. Returns id, token, id, token,
-- ...
-- ARG: kind, limit, lease_ms, word (random, the beginning of all tokens)
local ids = redis.call('ZRANGE', DUE, '-inf', whole(STEADY), 'BYSCORE', 'LIMIT', 0, ARG.limit)
local ends = whole(STEADY + ARG.lease_ms)
local leases = {}
for i, id in ipairs(ids) do
  local token = ARG.word .. '-' .. i
  redis.call('ZADD', DUE, 'XX', ends, id)
  redis.call('HSET', LEASES, id, token)
  leases[#leases + 1] = id
  leases[#leases + 1] = token
end
return leases
