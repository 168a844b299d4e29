-- uses core, steady
-- Takes work entries, the urgent stream first: of each stream those that have not been renewed for
-- idle_ms, then new ones.
-- ARG: limit, bytes, idle_ms, urgent_only
-- Returns {stream, entry id, attempts, size of the message, {field, value, ...}}...; the fields
-- only for an entry that the inbox consumer handles itself: a page to read, or a page that failed.
--
-- XAUTOCLAIM with JUSTID leaves the delivery counter alone: an entry that waits in a queue for long
-- is not mistaken for one whose worker crashed.
local CONSUMER = 'copytaster'
local AT_ONCE = 10 -- entries in a reply, of which the server has two copies in memory
local taken, bytes = {}, 0

local function take(stream, entry, deliveries)
  local fields = fields_of(entry[2])
  local is_page = fields.page or fields.failed
  taken[#taken + 1] = {
    stream, entry[1], math.max(0, deliveries - 1), #(fields.message or ''),
    is_page and entry[2] or {},
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
      -- The stream has not been read before.
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
  local entries, room
  repeat
    room = math.min(AT_ONCE, ARG.limit - #taken)
    local reply = redis.call(
      'XREADGROUP', 'GROUP', GROUP, CONSUMER, 'COUNT', room, 'STREAMS', stream, '>'
    )
    entries = reply and reply[1][2] or {}
    for _, entry in ipairs(entries) do
      take(stream, entry, 1)
    end
  until #entries < room or #taken >= ARG.limit or bytes >= ARG.bytes
end

-- Resets the idle time of pending entries after the clock was set back: an entry that was delivered
-- at a time yet to come would not look idle until then.
local function reset_idle(stream)
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

-- Once each time that the clock is set back. A full server refuses the SET: then nothing is reset,
-- since it would be reset at every run.
local set_back = whole(STEADY - NOW)
if redis.call('GET', key('work:looked')) ~= set_back
  and not redis.pcall('SET', key('work:looked'), set_back).err
then
  reset_idle(key('work'))
  reset_idle(key('work:urgent'))
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
