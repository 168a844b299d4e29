-- uses core, steady
-- Hands out work entries, the urgent ones first: of each stream those that nobody has told of for
-- idle_ms, then new ones.
-- ARG limit, bytes, idle_ms, urgent_only
-- Returns {stream, entry id, attempts, size of the message, {field, value, ...}}...; fields only of an
-- entry that is no work for a worker.
--
-- JUSTID leaves the delivery count alone: being handed out again is not an attempt.
local CONSUMER = 'copytaster'
local AT_ONCE = 10 -- entries that the server has in memory twice
local taken, bytes = {}, 0

local function take(stream, entry, deliveries)
  local fields = fields_of(entry[2])
  local is_ours = fields.page or fields.failed
  taken[#taken + 1] = {
    stream, entry[1], math.max(0, deliveries - 1), #(fields.message or ''),
    is_ours and entry[2] or {},
  }
  bytes = bytes + #(fields.message or '')
end

local function deliveries_of(stream, id)
  local pending = redis.call('XPENDING', stream, GROUP, id, id, 1)
  return pending[1] and pending[1][4] or 0
end

local function take_idle(stream)
  local cursor = '0-0'
  repeat
    local room = math.min(AT_ONCE, ARG.limit - #taken)
    local reply = redis.pcall(
      'XAUTOCLAIM', stream, GROUP, CONSUMER, ARG.idle_ms, cursor, 'COUNT', room, 'JUSTID'
    )
    if reply.err then
      if string.sub(reply.err, 1, 7) ~= 'NOGROUP' then
        return reply
      end
      redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
      return nil
    end
    for _, id in ipairs(reply[2]) do
      local entry = redis.call('XRANGE', stream, id, id)[1]
      if entry then
        take(stream, entry, deliveries_of(stream, id))
      end
    end
    cursor = reply[1]
  until cursor == '0-0' or #taken >= ARG.limit or bytes >= ARG.bytes
end

local function take_new(stream)
  local found, room
  repeat
    room = math.min(AT_ONCE, ARG.limit - #taken)
    local reply = redis.call(
      'XREADGROUP', 'GROUP', GROUP, CONSUMER, 'COUNT', room, 'STREAMS', stream, '>'
    )
    found = reply and reply[1][2] or {}
    for _, entry in ipairs(found) do
      take(stream, entry, 1)
    end
  until #found < room or #taken >= ARG.limit or bytes >= ARG.bytes
end

-- What is pending since a time that is yet to come, by a clock that was set back, is pending since now.
local function forget_ahead(stream)
  local after = '-'
  repeat
    local pending = redis.pcall('XPENDING', stream, GROUP, after, '+', 1000)
    for _, held in ipairs(pending.err and {} or pending) do
      redis.call(
        'XCLAIM', stream, GROUP, held[2], 0, held[1], 'IDLE', 0, 'RETRYCOUNT', held[4], 'JUSTID'
      )
      after = '(' .. held[1]
    end
  until pending.err or #pending < 1000
end

local set_back = whole(STEADY - NOW)
if redis.call('GET', key('work:looked')) ~= set_back
  and not redis.pcall('SET', key('work:looked'), set_back).err -- once, also on a server that is full
then
  forget_ahead(key('work'))
  forget_ahead(key('work:urgent'))
end
for _, stream in ipairs({ key('work:urgent'), not ARG.urgent_only and key('work') or nil }) do
  local failed = #taken < ARG.limit and bytes < ARG.bytes and take_idle(stream)
  if failed then
    return failed
  end
  if #taken < ARG.limit and bytes < ARG.bytes then
    take_new(stream)
  end
end
return taken
