-- A clock that does not go back with the server's: that one, and by how much it was ever set back. It
-- loses what passed since the last look was saved, a second at most. What is due, and how long leases
-- and the turns of hosts last, goes by it alone. clock: <last look> <ahead>.
local SAVED_EACH_MS = 1000

local function steady_now()
  local said = redis.call('GET', key('clock'))
  local last, ahead = string.match(said or '0 0', '^(%d+) (%d+)$')
  last, ahead = tonumber(last), tonumber(ahead)
  if NOW < last then
    ahead = ahead + last - NOW
  end
  if NOW < last or NOW - last >= SAVED_EACH_MS then
    -- A server that is full refuses this, and may still be asked what it holds.
    redis.pcall('SET', key('clock'), whole(NOW) .. ' ' .. whole(ahead))
  end
  return NOW + ahead
end

local STEADY = steady_now()

-- When something is due that is due `at` by the clock of its caller, who says what time it is there;
-- by the server's own where `now` is nil.
local function due_from(at, now)
  return at - (now or NOW) + STEADY
end
