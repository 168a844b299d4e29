-- Takes an inbox entry out until its time. Returns H(eld), S(tale), G(one) or C(onflict).
-- KEYS stream, item key, held, held:due, kills, recent key of each wire...
-- ARGV group, entry id, order id, due time in ms, what waits as JSON, item as JSON, recent length,
--      recent expiry in s, newest kill known of or ''
--
-- The wires list it as an item that is out: a kill may come before its time.
local stream, item, held, due = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, entry, order = ARGV[1], ARGV[2], ARGV[3]

local function is_later(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
  ms, number, other_ms, other_number =
    tonumber(ms), tonumber(number), tonumber(other_ms), tonumber(other_number)
  return ms > other_ms or (ms == other_ms and number > other_number)
end

local pending = redis.pcall('XPENDING', stream, group, entry, entry, 1)
if pending.err or #pending == 0 then
  return 'G'
end
local last_kill = redis.call('XREVRANGE', KEYS[5], '+', '-', 'COUNT', 1)[1]
if ARGV[9] ~= '' and ARGV[9] ~= (last_kill and last_kill[1] or '0-0') then
  return 'C'
end
local hash = string.match(item, '([^:]*)$')
local waiting = redis.call('HGET', held, hash)
local was = redis.call('HMGET', item, 'order', 'withdrawn')
local result = 'H'
if was[1] and is_later(was[1], order) or was[2] and is_later(was[2], order)
  or waiting and is_later(cjson.decode(waiting).order, order) then
  result = 'S'
else
  redis.call('HSET', held, hash, ARGV[5])
  redis.call('ZADD', due, ARGV[4], hash)
  local time = redis.call('TIME')
  local oldest = time[1] * 1000 - tonumber(ARGV[8]) * 1000
  for i = 6, #KEYS do
    redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[7], '*', 'item', ARGV[6])
    redis.call('XTRIM', KEYS[i], 'MINID', '~', string.format('%.0f', oldest))
    redis.call('EXPIRE', KEYS[i], ARGV[8])
  end
end
redis.call('XACK', stream, group, entry)
redis.call('XDEL', stream, entry)
return result
