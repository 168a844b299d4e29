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

-- Returns true if any wire of a kill still lists it; false for a kill that was lost in a failover
-- after it was opened. `opened` is {id, {wire, ...}}, empty for an item that is no kill. A wire with
-- many kills drops its oldest, so that of a kill's wires perhaps only the last lists it.
local function is_open(opened)
  local id, wires = unpack(opened)
  for _, wire in ipairs(wires or {}) do
    if #redis.call('XRANGE', key('kills:' .. wire), id, id) == 1 then
      return true
    end
  end
  return not id
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
