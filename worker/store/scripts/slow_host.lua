-- uses core, steady
-- Gives no turn of a host's for a while, or forgets that it asked for that. Returns nothing.
-- ARG: host (the digest of its name), strikes, wait_ms, memory_ms (how long the strikes are remembered
--      after it)
local host = key('host:' .. ARG.host)
if ARG.strikes == 0 then
  redis.call('HDEL', host, 'until', 'strikes')
  return
end
local slow = math.max(tonumber(redis.call('HGET', host, 'until') or 0), STEADY + ARG.wait_ms)
redis.call('HSET', host, 'strikes', whole(ARG.strikes), 'until', whole(slow))
redis.call('PEXPIRE', host, whole(slow - STEADY + ARG.memory_ms))
