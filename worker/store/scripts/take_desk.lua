-- uses core, losses
-- Reads the events of a desk that its relay has not confirmed, then new ones: no more than a sink
-- can recognise if they are sent again. Returns {entry id, {field, value, ...}}..., or nil if
-- another relay has the lease.
-- ARG: desk, token, limit
local BATCH_BYTES = 16 * 1024 * 1024 -- the jsonl sink looks for repeats in its last 32 MiB
local stream = key('desk:' .. ARG.desk)
if redis.call('HGET', key('relay:' .. ARG.desk), 'token') ~= ARG.token then
  return nil
end
enter_relay(stream)

local function read(limit, from)
  local reply = redis.call(
    'XREADGROUP', 'GROUP', RELAY, CONSUMER, 'COUNT', limit, 'STREAMS', stream, from
  )
  return reply and reply[1][2] or {}
end

-- Returns the pending events. A trimmed event has no fields; it was counted as lost when it went,
-- and is acknowledged here.
local function find_unconfirmed()
  local taken, is_cut
  repeat
    taken, is_cut = {}, false
    for _, entry in ipairs(read(ARG.limit, '0')) do
      if entry[2] then
        taken[#taken + 1] = entry
      else
        redis.call('XACK', stream, RELAY, entry[1])
        is_cut = true
      end
    end
  until not is_cut
  return taken
end

local function size_of(entry)
  local size = 0
  for _, word in ipairs(entry[2]) do
    size = size + #word
  end
  return size
end

local taken, size = find_unconfirmed(), 0
for _, entry in ipairs(taken) do
  size = size + size_of(entry)
end
while #taken < ARG.limit and size < BATCH_BYTES do
  local entry = read(1, '>')[1]
  if not entry then
    break
  end
  taken[#taken + 1] = entry
  size = size + size_of(entry)
end
return taken
