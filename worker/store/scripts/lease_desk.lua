-- uses core, losses
-- Takes the lease of a desk for a relay. Returns '' if the relay has it now; otherwise the state of
-- another relay's lease, which changes as long as that relay lives.
-- ARG: desk, token, seen (the state of a lease whose relay has died, or '')
local lease = key('relay:' .. ARG.desk)
local held = redis.call('HMGET', lease, 'token', 'beat')
local state = held[1] and held[1] .. ' ' .. (held[2] or '')
if state and state ~= ARG.seen and held[1] ~= ARG.token then
  return state
end
enter_relay(key('desk:' .. ARG.desk)) -- before its sink is open: a sink may be away from the start
redis.call('HSET', lease, 'token', ARG.token, 'beat', 1)
return ''
