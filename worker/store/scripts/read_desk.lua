-- uses core
-- Returns entries of a desk's stream from a place on, {entry id, {field, value, ...}}...: no more
-- than come to so many bytes together, and the entry that goes beyond them.
-- ARG: desk, from (where XRANGE or XREVRANGE begins), is_backwards, limit, bytes
local name = key('desk:' .. ARG.desk)
local command, last = 'XRANGE', '+'
if ARG.is_backwards then
  command, last = 'XREVRANGE', '-'
end

local found, size, from = {}, 0, ARG.from
while #found < ARG.limit and size < ARG.bytes do
  local entry = redis.call(command, name, from, last, 'COUNT', 1)[1]
  if not entry then
    break
  end
  found[#found + 1] = entry
  from = '(' .. entry[1]
  for _, word in ipairs(entry[2]) do
    size = size + #word
  end
end
return found
