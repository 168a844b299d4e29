-- Records a hub's answer, or the failure of a request, unless another subscription took its place.
-- Returns 1, or 0 if so.
-- KEYS: push
-- ARGV: callback, mode or '' for any, expiry in s, then 'forget', or fields and values
if redis.call('HGET', KEYS[1], 'callback') ~= ARGV[1] then
  return 0
end
if ARGV[2] ~= '' and redis.call('HGET', KEYS[1], 'mode') ~= ARGV[2] then
  return 0
end
if ARGV[4] == 'forget' then
  return redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('EXPIRE', KEYS[1], math.max(tonumber(ARGV[3]), redis.call('TTL', KEYS[1])))
return 1
