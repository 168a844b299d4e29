-- Publishes events of a replay in the place of others. Returns how many.
-- KEYS desks, item key, then for each event: key of the first one's mark, desk key
-- ARGV copy id, event expiry in s, desk length, then for each event: '0' | '1' is there a mark, the
--      mark, the new mark, desk name, event id, type, body
local FIELDS_PER_EVENT = 7

local known = redis.call('HMGET', KEYS[2], 'copy', 'withdrawn', 'desks')
if known[1] ~= ARGV[1] or known[2] then
  return 0
end
local desks = known[3] or ''
local sent = 0
for i = 1, (#KEYS - 2) / 2 do
  local mark_key, desk = KEYS[1 + 2 * i], KEYS[2 + 2 * i]
  local first = 3 + (i - 1) * FIELDS_PER_EVENT
  local mark = ARGV[first + 1] == '1' and ARGV[first + 2]
  local name, id, kind, body =
    ARGV[first + 4], ARGV[first + 5], ARGV[first + 6], ARGV[first + 7]
  if redis.call('GET', mark_key) == mark then
    redis.call(
      'XADD', desk, 'MAXLEN', '~', ARGV[3], '*', 'event', body, 'id', id, 'type', kind
    )
    redis.call('SET', mark_key, ARGV[first + 3], 'EX', ARGV[2])
    redis.call('SADD', KEYS[1], name)
    if not string.find(',' .. desks, ',' .. name .. ',', 1, true) then
      desks = desks .. name .. ','
      redis.call('HSET', KEYS[2], 'desks', desks)
    end
    sent = sent + 1
  end
end
return sent
