-- uses core
-- Ends the lease of a desk's relay, if the caller has it, so that another may take it at once.
-- ARG: desk, token
local lease = key('relay:' .. ARG.desk)
if redis.call('HGET', lease, 'token') == ARG.token then
  redis.call('HDEL', lease, 'token', 'beat')
end
