-- Begins the work of a lease. Returns 1, or 0 where another has it or it is done, then what each hash
-- holds under the id, '' for nothing.
-- KEYS due, leases, hash...; ARGV id, token, lease in ms, 1 where the lease's holder is known to be dead
--
-- Work that was leased again, because its hint waited for long, and that nobody has begun, is begun
-- by whichever hint comes first; the others are then fenced off. So no queue is too long for any.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('HGET', KEYS[2], ARGV[1])
local begun = '+' .. ARGV[2]
local is_silent = ARGV[4] == '1' or tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '0') <= now
local is_ours = 0
if lease and (string.sub(lease, 1, 1) ~= '+' or lease == begun and is_silent) then
  redis.call('HSET', KEYS[2], ARGV[1], begun)
  redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + ARGV[3]), ARGV[1])
  is_ours = 1
end
local answer = {is_ours}
for i = 3, #KEYS do
  answer[i - 1] = redis.call('HGET', KEYS[i], ARGV[1]) or ''
end
return answer
