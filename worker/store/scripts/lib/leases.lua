-- Leases: of feeds, or of pages where ARG.kind is 'pages:', which begins the names of their keys.
-- While leased, a feed is due when its lease ends: a holder that dies leaves it to come due again.
--
-- A lease is the token of its claim until the work has begun, then '<claim> <holder> <slices>', and
-- ' again' after it where the feed is to be polled at once when the poll ends. Each holder has a token
-- of its own, which fences off the one before; `slices` counts what `admit` took from this holder.
-- Tokens are words that clients draw by chance: a server that lost the tail of its log could count to
-- the same number twice.
local DUE = key((ARG.kind or '') .. 'due')
local LEASES = key((ARG.kind or '') .. 'leases')

-- The claim's token, and once the work has begun the holder's token, the slices and whether to poll
-- again; nothing where there is no lease.
local function find_lease(id)
  local said = redis.call('HGET', LEASES, id)
  if said then
    local claim, holder, slices, rest = string.match(said, '^(%S+) (%S+) (%d+)(.*)$')
    return claim or said, holder, tonumber(slices), rest == ' again'
  end
end

local function keep_lease(id, claim, holder, slices, again)
  local rest = again and ' again' or ''
  redis.call('HSET', LEASES, id, claim .. ' ' .. holder .. ' ' .. whole(slices) .. rest)
end

local function is_holder(id, token)
  local _, holder = find_lease(id)
  return holder == token
end

local function due_at(id)
  return tonumber(redis.call('ZSCORE', DUE, id) or '')
end

-- True while a lease runs, begun or not.
local function is_leased(id)
  local due = due_at(id)
  return due ~= nil and due > STEADY and redis.call('HEXISTS', LEASES, id) == 1
end
