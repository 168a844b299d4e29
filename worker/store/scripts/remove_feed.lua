-- Forgets a feed, its lease included. Returns 1, or 0 where there was none.
-- KEYS feeds, states, due, leases, past, then one set for each word of health; ARGV feed id
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('HDEL', KEYS[4], ARGV[1])
redis.call('DEL', KEYS[5])
for i = 6, #KEYS do
  redis.call('SREM', KEYS[i], ARGV[1])
end
return redis.call('HDEL', KEYS[1], ARGV[1])
