-- Ends a lease: the page waits, as it is now. Returns 1, or 0 when fenced off.
-- KEYS pages:due, pages:leases, pages; ARGV page id, token, PageWork JSON, due time in ms
local lease = redis.call('HGET', KEYS[2], ARGV[1])
if lease ~= ARGV[2] and lease ~= '+' .. ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
return 1
