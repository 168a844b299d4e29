-- uses core
-- Ends the lease of a desk's relay, where the caller has it: another may take it at once.
-- desk, token
local lease = key('relay:' .. ARG.desk)
if redis.call('HGET', lease, 'token') == ARG.token then
  redis.call('HDEL', lease, 'token', 'beat')
end
