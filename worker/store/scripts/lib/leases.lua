-- Leases of feeds, or of pages if ARG.kind is 'pages:', which begins the names of their keys.
-- A leased feed is due when its lease ends, so that it comes due again if its holder dies.
--
-- A lease is the token of its claim until the work has begun, then '<claim> <holder> <slices>', and
-- ' again' after it if the feed is to be polled again as soon as the poll ends. Each holder has its
-- own token, which fences off the holder before; `slices` counts the admissions of this holder.
-- Tokens are random words that clients draw: a server that lost the tail of its log could count to
-- the same number twice.
local DUE = key((ARG.kind or '') .. 'due')
local LEASES = key((ARG.kind or '') .. 'leases')

-- Returns the claim's token; once the work has begun also the holder's token, the slices, and true
-- if the feed is to be polled again. Returns nothing if there is no lease.
local function find_lease(id)
  local lease = redis.call('HGET', LEASES, id)
  if lease then
    local claim, holder, slices, rest = string.match(lease, '^(%S+) (%S+) (%d+)(.*)$')
    return claim or lease, holder, tonumber(slices), rest == ' again'
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

-- Returns true until a lease expires, whether its work has begun or not.
local function is_leased(id)
  local due = due_at(id)
  return due ~= nil and due > STEADY and redis.call('HEXISTS', LEASES, id) == 1
end
