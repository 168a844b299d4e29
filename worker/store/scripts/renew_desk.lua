-- uses core
-- Renews the lease of a desk's relay. Returns 1, or 0 if the relay does not have it.
-- ARG: desk, token
local lease = key('relay:' .. ARG.desk)
if redis.call('HGET', lease, 'token') ~= ARG.token then
  return 0
end
redis.call('HINCRBY', lease, 'beat', 1)
return 1
