-- Puts a paused feed back into the due set, due when it was; one that was never due stays so. Returns
-- 1, or 0 for one that is not paused.
-- KEYS due, paused; ARGV feed id
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not due then
  return 0
end
redis.call('ZREM', KEYS[2], ARGV[1])
if due ~= 'inf' then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZADD', KEYS[1], tonumber(due) > now and due or string.format('%.0f', now), ARGV[1])
end
return 1
