-- Entries after one that nobody was given yet; none is given by it.
-- KEYS stream; ARGV group, entry id, limit
-- Returns {stream, entry id, times delivered, {field, value, ...}}...
local function is_later(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
  ms, number, other_ms, other_number =
    tonumber(ms), tonumber(number), tonumber(other_ms), tonumber(other_number)
  return ms > other_ms or (ms == other_ms and number > other_number)
end

local after = ARGV[2]
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
for _, words in ipairs(groups.err and {} or groups) do
  local group = {}
  for i = 1, #words, 2 do
    group[words[i]] = words[i + 1]
  end
  if group['name'] == ARGV[1] and is_later(group['last-delivered-id'], after) then
    after = group['last-delivered-id']
  end
end
local unread = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', ARGV[3])) do
  unread[#unread + 1] = {KEYS[1], entry[1], 1, entry[2]}
end
return unread
