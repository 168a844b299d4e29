-- The doors, inbox and inbox:urgent: anyone may write to them, so nothing in them is trusted.
local DOORS = { 'inbox', 'inbox:urgent' }
local KNOWN = { 'message', 'source', 'published', 'urgency' }
local DIGESTED = 1048576 -- bytes of a field that its digest covers
local IS_KNOWN = { message = true, source = true, published = true, urgency = true }
local TRACE = { 'traceparent', 'tracestate' }
local TRACE_LIMITS = { traceparent = 55, tracestate = 512 } -- bytes; longer ones are ignored

-- Returns the fields of an entry that have a meaning, and their length in bytes, without that of the
-- trace context, which is neither part of the message nor of its digest. The first value of a
-- repeated field counts.
local function known_fields(words)
  local fields, size = {}, 0
  for i = 1, #words - 1, 2 do
    local name = words[i]
    if IS_KNOWN[name] and not fields[name] then
      fields[name] = words[i + 1]
      size = size + #words[i + 1]
    elseif TRACE_LIMITS[name] and not fields[name] and #words[i + 1] <= TRACE_LIMITS[name] then
      fields[name] = words[i + 1]
    end
  end
  return fields, size
end

-- Returns a digest that identifies an entry, since another may have taken its id. It covers the
-- beginning of a field: the largest message as a whole would block the server for half a second.
local function digest_of(fields)
  local words = {}
  for _, name in ipairs(KNOWN) do
    if fields[name] then
      local beginning = string.sub(fields[name], 1, DIGESTED)
      words[#words + 1] = name .. ' ' .. #fields[name] .. ' ' .. beginning
    end
  end
  return redis.sha1hex(table.concat(words))
end

-- Returns the field of a retried message in the hash `retried`, which keeps the order that the
-- message got when it was first rejected at its door.
local function retried_name(door, id, fields)
  return door .. ' ' .. id .. ' ' .. digest_of(fields)
end

-- Deletes an empty door whose last id lies ahead of the clock, because a sender chose it or the
-- clock went back. Otherwise the server's next ids would not tell the time, or it could give no id
-- at all.
local function reset_door(door)
  if redis.call('XLEN', key(door)) > 0 then
    return
  end
  local reply = redis.pcall('XINFO', 'STREAM', key(door))
  if not reply.err then
    local ms = string.match(fields_of(reply)['last-generated-id'], '^%d+')
    if tonumber(ms) > NOW then
      redis.call('DEL', key(door))
    end
  end
end
