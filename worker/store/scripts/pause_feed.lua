-- Takes a feed out of the due set until it is resumed; a poll under way is fenced off. Returns 1, or 0
-- for an unknown feed.
-- KEYS feeds, due, leases, paused; ARGV feed id
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  return 0
end
if not redis.call('ZSCORE', KEYS[4], ARGV[1]) then
  local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
  if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 then
    due = '0'
  end
  redis.call('ZADD', KEYS[4], due or '+inf', ARGV[1])
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('HDEL', KEYS[3], ARGV[1])
end
return 1
