-- Gives no turn of a host's for a while, or forgets that it asked for that. Returns nothing.
-- KEYS host; ARGV strikes, wait in ms, how long the strikes are remembered after it, in ms
if ARGV[1] == '0' then
  redis.call('HDEL', KEYS[1], 'until', 'strikes')
  return
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slow = math.max(tonumber(redis.call('HGET', KEYS[1], 'until') or 0), now + ARGV[2])
redis.call('HSET', KEYS[1], 'strikes', ARGV[1], 'until', string.format('%.0f', slow))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', slow - now + ARGV[3]))
