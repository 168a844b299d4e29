-- Ends a lease: keeps the feed's state and its next due time. Returns 1, or 0 when fenced off.
-- KEYS due, leases, states, past, push, then one set for each word of health
-- ARGV feed id, token, state JSON, due time in ms or '', record or '', how many records are kept,
--      pushes that it knew of, due time in ms if there are more or '', then 1 or 0 for each word of
--      health
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
for i = 6, #KEYS do
  redis.call(ARGV[i + 3] == '1' and 'SADD' or 'SREM', KEYS[i], ARGV[1])
end
local due = ARGV[4]
if ARGV[8] ~= '' and due ~= '' and (redis.call('HGET', KEYS[5], 'pushes') or ARGV[7]) ~= ARGV[7] then
  due = string.format('%.0f', math.min(tonumber(due), tonumber(ARGV[8])))
end
if due == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  redis.call('ZADD', KEYS[1], due, ARGV[1])
end
return 1
