-- Forgets a feed, its lease included. Returns 1, or 0 where there was none.
-- KEYS feeds, states, due, leases; ARGV feed id
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])
