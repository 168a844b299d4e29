-- Makes a feed due now unless it is leased or paused; a lease that has run out ends. Returns 1, or 0 for
-- an unknown feed.
-- KEYS feeds, due, leases, paused; ARGV feed id
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local score = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or '')
local leased = score and score > now and redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1
if not leased and not redis.call('ZSCORE', KEYS[4], ARGV[1]) then
  redis.call('HDEL', KEYS[3], ARGV[1])
  redis.call('ZADD', KEYS[2], string.format('%.0f', now), ARGV[1])
end
return 1
