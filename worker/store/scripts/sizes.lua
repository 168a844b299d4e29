-- uses core, steady
-- Counts feeds, entries, letters and events. Returns name, count, name, count, ...
-- ARG: health (the flags of feeds that have a problem)
local function length(name)
  return redis.call('XLEN', key(name))
end

local function pending(name)
  local reply = redis.pcall('XPENDING', key(name), GROUP)
  return reply.err and 0 or reply[1]
end

local sizes = {
  'feeds', redis.call('HLEN', key('feeds')),
  'due', redis.call('ZCOUNT', key('due'), '-inf', whole(STEADY)),
  'paused', redis.call('ZCARD', key('paused')),
  'inbox', length('inbox') + length('inbox:urgent') + length('work') + length('work:urgent'),
  'inbox_pending', pending('work') + pending('work:urgent'),
  'held', redis.call('HLEN', key('held')),
  'dead', length('dead'),
}
for _, flag in ipairs(ARG.health) do
  sizes[#sizes + 1] = flag
  sizes[#sizes + 1] = redis.call('SCARD', key('health:' .. flag))
end
local desks = redis.call('SMEMBERS', key('desks'))
table.sort(desks)
for _, name in ipairs(desks) do
  sizes[#sizes + 1] = 'desk:' .. name
  sizes[#sizes + 1] = length('desk:' .. name)
end
return sizes
