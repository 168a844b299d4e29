-- Finishes an inbox entry that makes no events. Returns 1, or 0 when it was done before.
-- KEYS stream; ARGV group, entry id
local acked = redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
if acked == 1 then
  redis.call('XDEL', KEYS[1], ARGV[2])
end
return acked
