-- Adds feeds or changes them; those that are new are due now. Returns how many were new.
-- KEYS feeds, due; ARGV (feed id, feed JSON)...
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local new = 0
for i = 1, #ARGV, 2 do
  if redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
    redis.call('ZADD', KEYS[2], now, ARGV[i])
    new = new + 1
  end
end
return new
