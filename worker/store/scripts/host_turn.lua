-- Takes a host's next turn. Returns G (given), B (its turns are taken) or S (slowed), the wait in ms,
-- and the host's strikes.
-- KEYS host; ARGV spacing in ms, patience in ms
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HMGET', KEYS[1], 'next', 'until', 'strikes')
local strikes = tonumber(known[3] or 0)
local slow = tonumber(known[2] or 0)
if slow > now then
  return { 'S', slow - now, strikes }
end
local turn = math.max(tonumber(known[1] or 0), now)
if turn - now > tonumber(ARGV[2]) then
  return { 'B', turn - now, strikes }
end
local spacing = tonumber(ARGV[1])
if spacing > 0 then
  local left = turn + spacing - now
  redis.call('HSET', KEYS[1], 'next', string.format('%.0f', turn + spacing))
  redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), left))
end
return { 'G', turn - now, strikes }
