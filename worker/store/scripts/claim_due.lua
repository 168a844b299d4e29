-- uses core, steady, leases
-- Leases what is longest overdue. Returns id, token, id, token, ...
-- ARG: kind, limit, lease_ms, word (the beginning of the tokens, drawn by chance)
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
