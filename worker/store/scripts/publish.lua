-- Publishes the events of each outcome and finishes its inbox entry, or does neither.
-- KEYS desks, then for each outcome: stream, item key, (event key, desk key)...
-- ARGV group, event expiry in s, item expiry in s, desk length,
--      then for each outcome: entry id, order id, version, '0' | '1' is a version expected, that version,
--      number of events, (desk name, event id, type, body)...
-- Returns one of P(ublished) S(tale) G(one) C(onflict) for each outcome.
--
-- The event's mark is set after its XADD: a script that fails half way may repeat an event, never
-- lose one.
local group, event_expiry, item_expiry, desk_length = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local key_at, arg_at = 1, 4
local named = {}

local function key()
  key_at = key_at + 1
  return KEYS[key_at]
end

local function arg()
  arg_at = arg_at + 1
  return ARGV[arg_at]
end

local function is_later(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
  ms, number, other_ms, other_number =
    tonumber(ms), tonumber(number), tonumber(other_ms), tonumber(other_number)
  return ms > other_ms or (ms == other_ms and number > other_number)
end

local function is_pending(stream, entry)
  local pending = redis.pcall('XPENDING', stream, group, entry, entry, 1)
  return not pending.err and #pending > 0
end

local function finish(stream, entry)
  redis.call('XACK', stream, group, entry)
  redis.call('XDEL', stream, entry)
end

local function judge(stream, item, entry, order, expects, expected)
  if not is_pending(stream, entry) then
    return 'G'
  end
  local latest = redis.call('HMGET', item, 'version', 'order')
  if latest[2] and is_later(latest[2], order) then
    return 'S'
  end
  if expects == '1' and latest[1] ~= expected or expects == '0' and latest[1] then
    return 'C'
  end
  return 'P'
end

local function send(mark, desk, name, id, kind, body)
  if redis.call('EXISTS', mark) == 1 then
    return
  end
  redis.call('XADD', desk, 'MAXLEN', '~', desk_length, '*', 'event', body, 'id', id, 'type', kind)
  redis.call('SET', mark, '', 'EX', event_expiry)
  if not named[name] then
    redis.call('SADD', KEYS[1], name)
    named[name] = true
  end
end

local results = {}
while arg_at < #ARGV do
  local stream, item = key(), key()
  local entry, order, version = arg(), arg(), arg()
  local result = judge(stream, item, entry, order, arg(), arg())
  for _ = 1, tonumber(arg()) do
    local mark, desk = key(), key()
    local name, id, kind, body = arg(), arg(), arg(), arg()
    if result == 'P' then
      send(mark, desk, name, id, kind, body)
    end
  end
  if result == 'P' then
    redis.call('HSET', item, 'version', version, 'order', order)
    redis.call('EXPIRE', item, item_expiry)
  end
  if result == 'P' or result == 'S' then
    finish(stream, entry)
  end
  results[#results + 1] = result
end
return results
