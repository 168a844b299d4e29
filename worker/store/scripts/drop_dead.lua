-- Deletes a dead letter. Returns 1, or 0 when it is not there.
-- KEYS dead, dead:bytes; ARGV letter id
local letter = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not letter then
  return 0
end
for i = 1, #letter[2], 2 do
  if letter[2][i] == 'payload' then
    redis.call('DECRBY', KEYS[2], #letter[2][i + 1])
  end
end
return redis.call('XDEL', KEYS[1], ARGV[1])
