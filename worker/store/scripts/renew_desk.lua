-- uses core
-- Renews the lease of a desk's relay. Returns 0 where it is another's, or nobody's.
-- desk, token
local lease = key('relay:' .. ARG.desk)
if redis.call('HGET', lease, 'token') ~= ARG.token then
  return 0
end
redis.call('HINCRBY', lease, 'beat', 1)
return 1
