-- Takes an inbox entry out to have its page read; due at once. Returns 1, or 0 when it was done before.
-- KEYS stream, pages, pages:due; ARGV group, entry id, page id, PageWork JSON
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], ARGV[2], ARGV[2], 1)
if pending.err or #pending == 0 then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[3])
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
return 1
