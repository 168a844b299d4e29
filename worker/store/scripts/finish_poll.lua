-- Ends a lease: keeps the feed's state and its next due time. Returns 1, or 0 when fenced off.
-- KEYS due, leases, states, past, then one set for each word of health
-- ARGV feed id, token, state JSON, due time in ms or '', record or '', how many records are kept,
--      then 1 or 0 for each word of health
local lease = redis.call('HGET', KEYS[2], ARGV[1])
if lease ~= ARGV[2] and lease ~= '+' .. ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
redis.call('HDEL', KEYS[2], ARGV[1])
if ARGV[5] ~= '' then
  redis.call('LPUSH', KEYS[4], ARGV[5])
  redis.call('LTRIM', KEYS[4], 0, ARGV[6] - 1)
end
for i = 5, #KEYS do
  redis.call(ARGV[i + 2] == '1' and 'SADD' or 'SREM', KEYS[i], ARGV[1])
end
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
end
return 1
