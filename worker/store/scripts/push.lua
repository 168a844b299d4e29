-- Counts a push and makes its feed due, unless it is leased: then the end of its poll sees the count.
-- Returns 1, or 0 where it is not the subscription in question.
-- KEYS push, due, leases; ARGV callback, feed id, not before in ms, or '' for one that is refused
if redis.call('HGET', KEYS[1], 'callback') ~= ARGV[1]
  or redis.call('HGET', KEYS[1], 'mode') ~= 'subscribe' then
  return 0
end
if ARGV[3] == '' then
  redis.call('HINCRBY', KEYS[1], 'refused', 1)
  return 1
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HINCRBY', KEYS[1], 'pushes', 1)
redis.call('HSET', KEYS[1], 'pushed_at', string.format('%.0f', now))
local due = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[2]) or '')
local leased = due and due > now and redis.call('HEXISTS', KEYS[3], ARGV[2]) == 1
local at = math.max(now, tonumber(ARGV[3]))
if due and not leased and at < due then
  redis.call('ZADD', KEYS[2], string.format('%.0f', at), ARGV[2])
end
return 1
