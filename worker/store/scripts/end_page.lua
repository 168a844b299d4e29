-- Ends the reading of a page: puts its entry back on the inbox. Returns 1, or 0 when fenced off.
-- KEYS pages:due, pages:leases, pages, stream; ARGV page id, token, then the entry's fields and values...
local lease = redis.call('HGET', KEYS[2], ARGV[1])
if lease ~= ARGV[2] and lease ~= '+' .. ARGV[2] then
  return 0
end
local command = {'XADD', KEYS[4], '*'}
for i = 3, #ARGV do
  command[#command + 1] = ARGV[i]
end
redis.call(unpack(command))
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
