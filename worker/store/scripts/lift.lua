-- Moves entries that nobody was given yet to another stream, where they keep their place among the
-- versions of their items. Returns how many.
-- KEYS stream, other stream; ARGV group, entry id...
local lifted = 0
for i = 2, #ARGV do
  local id = ARGV[i]
  local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
  local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1], id, id, 1)
  if entry and (pending.err or #pending == 0) then
    local fields, is_placed = entry[2], false
    for at = 1, #fields, 2 do
      is_placed = is_placed or fields[at] == 'retry_of'
    end
    if not is_placed then
      fields[#fields + 1], fields[#fields + 2] = 'retry_of', id
    end
    redis.call('XADD', KEYS[2], '*', unpack(fields))
    redis.call('XDEL', KEYS[1], id)
    lifted = lifted + 1
  end
end
return lifted
