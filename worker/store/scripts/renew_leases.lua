-- Has leases whose work goes on end later. Returns how many are still their holder's.
-- KEYS due, leases; ARGV lease in ms, (id, token)...
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ends = string.format('%.0f', now + ARGV[1])
local renewed = 0
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == '+' .. ARGV[i + 1] then
    redis.call('ZADD', KEYS[1], 'XX', ends, ARGV[i])
    renewed = renewed + 1
  end
end
return renewed
