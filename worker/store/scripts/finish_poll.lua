-- Ends a lease: keeps the feed's state and its next due time. Returns 1, or 0 when fenced off.
-- KEYS due, leases, states; ARGV feed id, token, state JSON, due time in ms or ''
local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '')
if not score or score ~= tonumber(ARGV[2]) then
  return 0
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
redis.call('HDEL', KEYS[2], ARGV[1])
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
end
return 1
