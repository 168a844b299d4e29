-- uses core
-- Takes the lease of a desk's relay. Returns '' where the caller has it; otherwise what another's
-- lease says, which changes as long as that relay lives.
-- desk, token; seen: what the lease of a relay said that has died, '' for none
local lease = key('relay:' .. ARG.desk)
local held = redis.call('HMGET', lease, 'token', 'beat')
local said = held[1] and held[1] .. ' ' .. (held[2] or '')
if said and said ~= ARG.seen and held[1] ~= ARG.token then
  return said
end
redis.call('HSET', lease, 'token', ARG.token, 'beat', 1)
return ''
