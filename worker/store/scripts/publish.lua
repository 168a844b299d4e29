-- Publishes the events of each outcome and finishes its inbox entry, or does neither.
-- KEYS desks, copies, copies:bytes, held, held:due, kills, near, near:desks, near:ages, then for
--      each outcome: stream, item key, item key of each withdrawal..., recent key of each wire...,
--      (event key, desk key)..., key of each band...
-- ARGV group, event expiry in s, item expiry in s, desk length, copies' age in ms, copies' bytes,
--      recent length, recent expiry in s, firsts kept, their age in ms, then for each outcome:
--      entry id, order id, version, '0' | '1' is a version expected, that version, newest kill
--      known of or '', copy or '', item as JSON or '',
--      numbers of withdrawals, wires and events, (desks that had the withdrawn item)...,
--      (desk name, event id, type, digest, body)..., number of bands and, where there are any, id
--      of the first that is copied or '', desks that had it, ids of all that were judged, record,
--      field of each band...
-- Returns one of P(ublished) S(tale) G(one) C(onflict) for each outcome.
--
-- The event's mark is set after its XADD: a script that fails half way may repeat an event, never
-- lose one. The mark holds the digest of the event's data, for replay.lua. An item's hash holds the
-- names of the desks that have had it, each with a comma behind it.
local group, event_expiry, item_expiry, desk_length = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local copies_for, copies_bytes = tonumber(ARGV[5]), tonumber(ARGV[6])
local recent_length, recent_expiry = ARGV[7], tonumber(ARGV[8])
local copies, bytes_key, held, held_due = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local near, near_desks, near_ages = KEYS[7], KEYS[8], KEYS[9]
local near_length, near_for = tonumber(ARGV[9]), tonumber(ARGV[10])
local key_at, arg_at = 9, 10
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

local function hash_of(item)
  return string.match(item, '([^:]*)$')
end

local function near_id(item)
  return string.sub(hash_of(item), 1, 12)
end

local function ids_in(words)
  local ids = {}
  for at = 1, #words, 12 do
    ids[#ids + 1] = string.sub(words, at, at + 11)
  end
  return ids
end

-- True where every first like this one was judged, and the copied one is as the worker knew it.
local function is_placed(o)
  if o.first ~= '' and redis.call('HGET', near_desks, o.first) ~= o.had then
    return false
  end
  local judged = {[near_id(o.item)] = true}
  for _, id in ipairs(ids_in(o.judged)) do
    judged[id] = true
  end
  for _, band in ipairs(o.bands) do
    band.ids = redis.call('HGET', band.key, band.field) or ''
    for _, id in ipairs(ids_in(band.ids)) do
      if not judged[id] then
        return false
      end
    end
  end
  return true
end

local last_kill = redis.call('XREVRANGE', KEYS[6], '+', '-', 'COUNT', 1)[1]
local newest_kill = last_kill and last_kill[1] or '0-0'

local function judge(o)
  if not is_pending(o.stream, o.entry) then
    return 'G'
  end
  local latest = redis.call('HMGET', o.item, 'version', 'order', 'withdrawn')
  if latest[2] and is_later(latest[2], o.order) or latest[3] and is_later(latest[3], o.order) then
    return 'S'
  end
  if o.expects == '1' and latest[1] ~= o.expected or o.expects == '0' and latest[1] then
    return 'C'
  end
  if o.kills_to ~= '' and o.kills_to ~= newest_kill then
    return 'C'
  end
  for _, target in ipairs(o.targets) do
    if (redis.call('HGET', target.item, 'desks') or '') ~= target.desks then
      return 'C'
    end
  end
  if #o.bands > 0 and not is_placed(o) then
    return 'C'
  end
  return 'P'
end

local function send(event)
  if redis.call('EXISTS', event.mark) == 1 then
    return
  end
  redis.call(
    'XADD', event.desk, 'MAXLEN', '~', desk_length, '*',
    'event', event.body, 'id', event.id, 'type', event.kind
  )
  redis.call('SET', event.mark, event.digest, 'EX', event_expiry)
  if not named[event.name] then
    redis.call('SADD', KEYS[1], event.name)
    named[event.name] = true
  end
end

local function drop_copy(id)
  local found = redis.call('XRANGE', copies, id, id)[1]
  if found then
    redis.call('XDEL', copies, id)
    redis.call('DECRBY', bytes_key, #found[2][4])
  end
end

local function hash_of(item)
  return string.match(item, '([^:]*)$')
end

-- The copy of this version takes the place of the one before.
local function keep_copy(o)
  local last = redis.call('HGET', o.item, 'copy')
  if last then
    drop_copy(last)
  end
  if o.copy == '' then
    return redis.call('HDEL', o.item, 'copy')
  end
  local id = redis.call('XADD', copies, '*', 'item', hash_of(o.item), 'body', o.copy)
  redis.call('INCRBY', bytes_key, #o.copy)
  redis.call('HSET', o.item, 'copy', id)
end

-- What waits for its time under this item is older, or newer: only the older goes.
local function drop_held(item, order)
  local hash = hash_of(item)
  local waiting = redis.call('HGET', held, hash)
  if waiting and not is_later(cjson.decode(waiting).order, order) then
    redis.call('HDEL', held, hash)
    redis.call('ZREM', held_due, hash)
  end
end

local function with_desks(had, events)
  local now = had
  for _, event in ipairs(events) do
    if not string.find(',' .. now, ',' .. event.name .. ',', 1, true) then
      now = now .. event.name .. ','
    end
  end
  return now
end

local function note_desks(o)
  local had = redis.call('HGET', o.item, 'desks') or ''
  local now = with_desks(had, o.events)
  if now ~= had then
    redis.call('HSET', o.item, 'desks', now)
  end
end

local function leave_band(id, band)
  local key, field = near .. ':band:' .. string.sub(band, 1, 3), string.sub(band, 4)
  local others = {}
  for _, other in ipairs(ids_in(redis.call('HGET', key, field) or '')) do
    if other ~= id then
      others[#others + 1] = other
    end
  end
  if #others > 0 then
    redis.call('HSET', key, field, table.concat(others))
  else
    redis.call('HDEL', key, field)
  end
end

local function forget_first(id)
  local record = redis.call('HGET', near, id)
  if not record then
    return
  end
  for band in string.gmatch(string.match(record, '^%x*'), '%x%x%x%x%x%x%x%x') do
    leave_band(id, band)
  end
  redis.call('HDEL', near, id)
  redis.call('HDEL', near_desks, id)
  redis.call('ZREM', near_ages, id)
  return true
end

-- A band that many have in common tells nothing: the last 32 stay in it.
local function enter_first(o, id, had, now)
  redis.call('HSET', near, id, o.record)
  redis.call('HSET', near_desks, id, with_desks(had, o.events))
  redis.call('ZADD', near_ages, now, id)
  for _, band in ipairs(o.bands) do
    redis.call('HSET', band.key, band.field, string.sub(band.ids .. id, -12 * 32))
  end
end

local function place(o, now)
  local id = near_id(o.item)
  local had = redis.call('HGET', near_desks, id) or ''
  if forget_first(id) then
    for _, band in ipairs(o.bands) do
      band.ids = redis.call('HGET', band.key, band.field) or ''
    end
  end
  for _, target in ipairs(o.targets) do
    forget_first(near_id(target.item))
  end
  if #o.bands > 0 and o.first == '' then
    enter_first(o, id, had, now)
  elseif #o.bands > 0 then
    redis.call('HSET', near_desks, o.first, with_desks(o.had, o.events))
  end
end

local function trim_firsts(now)
  for _ = 1, 1000 do
    local oldest = redis.call('ZRANGE', near_ages, 0, 0, 'WITHSCORES')
    local is_full = redis.call('ZCARD', near_ages) > near_length
    if not oldest[1] or not is_full and tonumber(oldest[2]) >= now - near_for then
      return
    end
    forget_first(oldest[1])
  end
end

local function list_recent(o, now)
  for _, wire in ipairs(o.wires) do
    redis.call('XADD', wire, 'MAXLEN', '~', recent_length, '*', 'item', o.recent)
    redis.call('XTRIM', wire, 'MINID', '~', string.format('%.0f', now - recent_expiry * 1000))
    redis.call('EXPIRE', wire, recent_expiry)
  end
end

local function publish(o, now)
  for _, event in ipairs(o.events) do
    send(event)
  end
  note_desks(o)
  keep_copy(o)
  place(o, now)
  drop_held(o.item, o.order)
  list_recent(o, now)
  redis.call('HSET', o.item, 'version', o.version, 'order', o.order)
  redis.call('HDEL', o.item, 'withdrawn')
  redis.call('EXPIRE', o.item, item_expiry)
  for _, target in ipairs(o.targets) do
    redis.call('HSET', target.item, 'withdrawn', o.order)
    redis.call('EXPIRE', target.item, item_expiry)
    drop_held(target.item, o.order)
  end
end

local function read_outcome()
  local o = {stream = key(), item = key(), targets = {}, wires = {}, events = {}, bands = {}}
  o.entry, o.order, o.version, o.expects, o.expected = arg(), arg(), arg(), arg(), arg()
  o.kills_to, o.copy, o.recent = arg(), arg(), arg()
  local targets, wires, events = tonumber(arg()), tonumber(arg()), tonumber(arg())
  for i = 1, targets do
    o.targets[i] = {item = key(), desks = arg()}
  end
  for i = 1, wires do
    o.wires[i] = key()
  end
  for i = 1, events do
    o.events[i] = {
      mark = key(), desk = key(),
      name = arg(), id = arg(), kind = arg(), digest = arg(), body = arg(),
    }
  end
  local bands = tonumber(arg())
  if bands > 0 then
    o.first, o.had, o.judged, o.record = arg(), arg(), arg(), arg()
  end
  for i = 1, bands do
    o.bands[i] = {key = key(), field = arg()}
  end
  return o
end

local function trim_copies(now)
  for _ = 1, 1000 do
    local oldest = redis.call('XRANGE', copies, '-', '+', 'COUNT', 1)[1]
    local bytes = tonumber(redis.call('GET', bytes_key) or 0)
    if not oldest then
      return
    end
    local at = tonumber(string.match(oldest[1], '^%d+'))
    if bytes <= copies_bytes and at >= now - copies_for then
      return
    end
    drop_copy(oldest[1])
  end
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local results = {}
while arg_at < #ARGV do
  local o = read_outcome()
  local result = judge(o)
  if result == 'P' then
    publish(o, now)
  end
  if result == 'P' or result == 'S' then
    finish(o.stream, o.entry)
  end
  results[#results + 1] = result
end
trim_copies(now)
trim_firsts(now)
return results
