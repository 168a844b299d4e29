-- uses core, steady
-- Gives no slot of a host for wait_ms and records its strikes; with 0 strikes, forgets its back-off.
-- Without a wait, changes nothing while the host is slowed down: a good answer that was asked for
-- before the back-off began does not end it. Returns nothing.
-- ARG: host (the digest of its name), strikes, wait_ms, memory_ms (how long after the wait the
--      strikes are remembered)
local host = key('host:' .. ARG.host)
local before = tonumber(redis.call('HGET', host, 'until') or 0)
if ARG.wait_ms == 0 and before > STEADY then
  return
elseif ARG.strikes == 0 then
  redis.call('HDEL', host, 'until', 'strikes')
  return
end
local slowed_until = math.max(before, STEADY + ARG.wait_ms)
redis.call('HSET', host, 'strikes', whole(ARG.strikes), 'until', whole(slowed_until))
redis.call('PEXPIRE', host, whole(slowed_until - STEADY + ARG.memory_ms))
