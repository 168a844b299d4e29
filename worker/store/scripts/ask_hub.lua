-- Records a request to a hub before it is sent. A new callback replaces the subscription, but not
-- the count of its pushes, which polls compare with the count that they know. Returns 1, or 0 for
-- the subscription of a feed that was removed or paused meanwhile.
-- KEYS: push, due
-- ARGV: callback, hub, topic, secret, mode, asked at in ms, expiry in s, feed
if ARGV[5] == 'subscribe' and not redis.call('ZSCORE', KEYS[2], ARGV[8]) then
  return 0
end
if redis.call('HGET', KEYS[1], 'callback') ~= ARGV[1] then
  local pushes = redis.call('HGET', KEYS[1], 'pushes') or '0'
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'pushes', pushes)
end
redis.call(
  'HSET', KEYS[1], 'callback', ARGV[1], 'hub', ARGV[2], 'topic', ARGV[3], 'secret', ARGV[4],
  'mode', ARGV[5], 'asked_at', ARGV[6], 'error', ''
)
redis.call('HINCRBY', KEYS[1], 'asked', 1)
redis.call('EXPIRE', KEYS[1], math.max(tonumber(ARGV[7]), redis.call('TTL', KEYS[1])))
return 1
