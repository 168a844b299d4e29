-- Counts at a glance. Returns name, count, name, count, ...
-- KEYS feeds, due, inbox, inbox:urgent, dead, desks, held, paused, then one set for each word of health; ARGV group, start of a desk's key
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))

local function pending(stream)
  local reply = redis.pcall('XPENDING', stream, ARGV[1])
  return reply.err and 0 or reply[1]
end

local sizes = {
  'feeds', redis.call('HLEN', KEYS[1]),
  'due', redis.call('ZCOUNT', KEYS[2], '-inf', now),
  'paused', redis.call('ZCARD', KEYS[8]),
  'inbox', redis.call('XLEN', KEYS[3]) + redis.call('XLEN', KEYS[4]),
  'inbox_pending', pending(KEYS[3]) + pending(KEYS[4]),
  'held', redis.call('HLEN', KEYS[7]),
  'dead', redis.call('XLEN', KEYS[5]),
}
for i = 9, #KEYS do
  sizes[#sizes + 1] = string.match(KEYS[i], '[^:]*$')
  sizes[#sizes + 1] = redis.call('SCARD', KEYS[i])
end
local desks = redis.call('SMEMBERS', KEYS[6])
table.sort(desks)
for _, name in ipairs(desks) do
  sizes[#sizes + 1] = 'desk:' .. name
  sizes[#sizes + 1] = redis.call('XLEN', ARGV[2] .. name)
end
return sizes
