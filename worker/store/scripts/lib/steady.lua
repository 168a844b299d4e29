-- A steady clock: the server's, plus all the time by which that was set back. A setback costs it at
-- most the second since it was last saved. Due times, leases, slots of hosts and orders
-- use this clock alone. clock: '<server's time when last saved> <ahead of it in ms>'.
local SAVED_EACH_MS = 1000

local function steady_now()
  local saved = redis.call('GET', key('clock'))
  local last, ahead = string.match(saved or '0 0', '^(%d+) (%d+)$')
  last, ahead = tonumber(last), tonumber(ahead)
  if NOW < last then
    ahead = ahead + last - NOW
  end
  if NOW < last or NOW - last >= SAVED_EACH_MS then
    -- A server that is out of memory refuses this; scripts that only read must work all the same.
    redis.pcall('SET', key('clock'), whole(NOW) .. ' ' .. whole(ahead))
  end
  return NOW + ahead
end

local STEADY = steady_now()

-- Returns the steady time for a time `at` by the caller's clock, which shows `now`; by the server's
-- clock if `now` is nil.
local function due_from(at, now)
  return at - (now or NOW) + STEADY
end

-- Adds an entry to a stream, under an id by the steady clock. Returns the id.
local function add_steadily(stream, ...)
  local added = redis.pcall('XADD', stream, whole(STEADY) .. '-*', ...)
  -- The last id is ahead only of a clock that a failover took back: `*` goes on from there.
  return added.err and redis.call('XADD', stream, '*', ...) or added
end
