-- Open kills, listed for each wire that their target may be on. kills:<wire's hash>: a stream.
local newest_kills = {}

-- Returns the id of the newest open kill of a wire, '0-0' if there is none.
local function newest_kill(wire)
  if not newest_kills[wire] then
    local last = redis.call('XREVRANGE', key('kills:' .. wire), '+', '-', 'COUNT', 1)[1]
    newest_kills[wire] = last and last[1] or '0-0'
  end
  return newest_kills[wire]
end

-- Returns false for a kill that was lost in a failover after it was opened. `opened` is its id and
-- a wire of it, for all of its wires have it or none; empty for an item that is no kill.
local function is_open(opened)
  local id, wire = unpack(opened)
  return not id or #redis.call('XRANGE', key('kills:' .. wire), id, id) == 1
end

-- Returns true if the worker knew the newest kill of each wire; `known` is {wire, id}...
local function knows_kills(known)
  for _, kill in ipairs(known) do
    local wire, id = unpack(kill)
    if newest_kill(wire) ~= id then
      return false
    end
  end
  return true
end
