-- The doors, inbox and inbox:urgent, are written by strangers.
local DOORS = { 'inbox', 'inbox:urgent' }
local KNOWN = { 'message', 'source', 'published', 'urgency' }

-- A door that is empty begins anew where its last id lies ahead of the clock, by a writer's choice or
-- because the clock went back: else no id that the server gives would tell the time, or it could
-- give none.
local function reset_door(door)
  local reply = redis.pcall('XINFO', 'STREAM', key(door))
  if not reply.err then
    local about = fields_of(reply)
    local ms = string.match(about['last-generated-id'], '^%d+')
    if about.length == 0 and tonumber(ms) > NOW then
      redis.call('DEL', key(door))
    end
  end
end
