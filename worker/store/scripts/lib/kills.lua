-- Kills are opened for each wire that their target may be on: kills:<wire's hash>, a stream.
local newest_kills = {}

-- The id of the newest open kill of a wire, '0-0' where there is none.
local function newest_kill(wire)
  if not newest_kills[wire] then
    local last = redis.call('XREVRANGE', key('kills:' .. wire), '+', '-', 'COUNT', 1)[1]
    newest_kills[wire] = last and last[1] or '0-0'
  end
  return newest_kills[wire]
end

-- False for a kill that a server which took over has lost since it was opened. `opened` is its id and
-- one of its wires, all of which have it or none; empty for what is no kill.
local function is_open(opened)
  local id, wire = unpack(opened)
  return not id or #redis.call('XRANGE', key('kills:' .. wire), id, id) == 1
end

-- True where a worker knew the newest kill of every wire; `known` is {wire, id}...
local function knows_kills(known)
  for _, one in ipairs(known) do
    if newest_kill(one[1]) ~= one[2] then
      return false
    end
  end
  return true
end
