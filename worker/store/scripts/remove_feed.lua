-- Forgets a feed, its lease included. Returns 1, or 0 where there was none.
-- KEYS feeds, states, due, leases, paused, past, then one set for each word of health; ARGV feed id
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('DEL', KEYS[6])
for i = 7, #KEYS do
  redis.call('SREM', KEYS[i], ARGV[1])
end
return redis.call('HDEL', KEYS[1], ARGV[1])
