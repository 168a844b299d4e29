-- Moves an inbox entry to the dead letters. Returns 1, or 0 when it was done before.
-- KEYS stream, dead, dead:bytes; ARGV group, entry id, dead length, bytes of all payloads, longest
--      payload kept whole, length it is cut to, payload where the entry has no message, then the
--      letter's fields and values...
--
-- The message comes from the stream, byte for byte; other fields (not over 32) are kept as
-- "field:<name>". `retry_of` is the id that the message had first: its place in the order. The oldest
-- letters make room for this one.
local stream, dead, group, id = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local pending = redis.pcall('XPENDING', stream, group, id, id, 1)
if pending.err or #pending == 0 then
  return 0
end
local command = {'XADD', dead, '*'}
for i = 8, #ARGV do
  command[#command + 1] = ARGV[i]
end
local function add(name, value)
  command[#command + 1] = name
  command[#command + 1] = value
end

local payload, retry_of, others = nil, id, 0
local entry = redis.call('XRANGE', stream, id, id)[1]
local fields = entry and entry[2] or {}
for i = 1, #fields, 2 do
  local name, value = fields[i], fields[i + 1]
  if name == 'message' then
    payload = payload or value
  elseif name == 'retry_of' then
    retry_of = value
  elseif name == 'failed' then
    -- a page's, which says it in the letter's reason: a retry shall try again
  elseif others < 32 and #name + #value <= tonumber(ARGV[6]) then
    add('field:' .. name, value)
    others = others + 1
  end
end
payload = payload or ARGV[7]
if #payload > tonumber(ARGV[5]) then
  add('cut', #payload)
  payload = string.sub(payload, 1, tonumber(ARGV[6]))
end
add('payload', payload)
add('stream', stream)
add('retry_of', retry_of)
redis.call(unpack(command))

local function size_of(letter)
  for i = 1, #letter, 2 do
    if letter[i] == 'payload' then
      return #letter[i + 1]
    end
  end
  return 0
end

local bytes = redis.call('INCRBY', KEYS[3], #payload)
local count = redis.call('XLEN', dead)
while count > 1 and (count > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4])) do
  local oldest = redis.call('XRANGE', dead, '-', '+', 'COUNT', 1)[1]
  redis.call('XDEL', dead, oldest[1])
  bytes = redis.call('DECRBY', KEYS[3], size_of(oldest[2]))
  count = count - 1
end
if count == 1 then
  redis.call('SET', KEYS[3], #payload)
end
redis.call('XACK', stream, group, id)
redis.call('XDEL', stream, id)
return 1
