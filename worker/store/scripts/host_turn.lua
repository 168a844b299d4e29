-- uses core, steady
-- Takes a host's next turn. Returns G (given), B (its turns are taken) or S (slowed), the wait in ms,
-- and the host's strikes.
-- ARG: host (the digest of its name), spacing_ms, patience_ms
local host = key('host:' .. ARG.host)
local known = redis.call('HMGET', host, 'next', 'until', 'strikes')
local strikes = tonumber(known[3] or 0)
local slow = tonumber(known[2] or 0)
if slow > STEADY then
  return { 'S', slow - STEADY, strikes }
end
local turn = math.max(tonumber(known[1] or 0), STEADY)
if turn - STEADY > ARG.patience_ms then
  return { 'B', turn - STEADY, strikes }
end
if ARG.spacing_ms > 0 then
  local left = turn + ARG.spacing_ms - STEADY
  redis.call('HSET', host, 'next', whole(turn + ARG.spacing_ms))
  redis.call('PEXPIRE', host, whole(math.max(redis.call('PTTL', host), left)))
end
return { 'G', turn - STEADY, strikes }
