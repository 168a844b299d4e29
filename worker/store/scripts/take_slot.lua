-- uses core, steady
-- Takes a host's next slot. Returns G(iven), B(usy: the slot is too late) or S(lowed), the wait in
-- ms, and the host's strikes.
-- ARG: host (the digest of its name), spacing_ms, max_wait_ms
local host = key('host:' .. ARG.host)
local pace = redis.call('HMGET', host, 'next', 'until', 'strikes')
local strikes = tonumber(pace[3] or 0)
local slowed_until = tonumber(pace[2] or 0)
if slowed_until > STEADY then
  return { 'S', slowed_until - STEADY, strikes }
end
local slot = math.max(tonumber(pace[1] or 0), STEADY)
if slot - STEADY > ARG.max_wait_ms then
  return { 'B', slot - STEADY, strikes }
end
if ARG.spacing_ms > 0 then
  local left = slot + ARG.spacing_ms - STEADY
  redis.call('HSET', host, 'next', whole(slot + ARG.spacing_ms))
  -- The strikes in the same hash must not expire sooner.
  redis.call('PEXPIRE', host, whole(math.max(redis.call('PTTL', host), left)))
end
return { 'G', slot - STEADY, strikes }
