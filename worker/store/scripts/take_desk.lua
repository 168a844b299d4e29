-- uses core, losses
-- Takes what a desk's relay has not confirmed yet, then new events. Returns {entry id, {field, value,
-- ...}}..., or nil where the lease is another's.
-- desk, token, limit
local stream = key('desk:' .. ARG.desk)
if redis.call('HGET', key('relay:' .. ARG.desk), 'token') ~= ARG.token then
  return nil
end
if redis.pcall('XPENDING', stream, RELAY).err then
  redis.call('XGROUP', 'CREATE', stream, RELAY, '0', 'MKSTREAM')
end

local function read(limit, from)
  local reply = redis.call(
    'XREADGROUP', 'GROUP', RELAY, CONSUMER, 'COUNT', limit, 'STREAMS', stream, from
  )
  return reply and reply[1][2] or {}
end

-- What the desk's bound has cut has no fields any more. It was counted as lost then.
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

local taken = find_unconfirmed()
if #taken < ARG.limit then
  for _, entry in ipairs(read(ARG.limit - #taken, '>')) do
    taken[#taken + 1] = entry
  end
end
return taken
