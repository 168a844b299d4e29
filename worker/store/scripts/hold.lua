-- uses core, steady, order, items, kills, held
-- Holds a work entry until its embargo ends. Returns H(eld), D(ue: the embargo has ended), S(tale),
-- G(one) or C(onflict).
-- ARG: known_s, stream, entry, order, id, version, hash, is_named, until_ms, kills,
--      listing (the item's wires, and the names by which a kill may refer to it)
--
-- Only the server's clock decides whether the embargo has ended, so that all workers agree. Kills
-- can find the item as long as it waits.
local record

-- Returns true for a version that was published or that a kill stopped.
local function was_before()
  return is_withheld(record, ARG.version)
    or ARG.is_named and was_published(record, ARG.hash)
end

local function judge()
  if not is_pending(ARG.stream, ARG.entry) then
    return 'G'
  end
  if not knows_kills(ARG.kills) then
    return 'C'
  end
  record = find_item(ARG.id)
  if was_before() then
    return 'S'
  end
  if is_overtaken(ARG, record) then
    return 'S'
  end
  ARG.order = place_of(ARG, record)
  for _, order in ipairs({ record.withdrawn, find_waiting(ARG.id) or '' }) do
    if order ~= '' and is_later(order, ARG.order) then
      return 'S'
    end
  end
  return ARG.until_ms > NOW and 'H' or 'D'
end

local result = judge()
if result == 'H' then
  local entry = redis.call('XRANGE', ARG.stream, ARG.entry, ARG.entry)[1]
  local fields = fields_of(entry[2])
  fields.order = nil
  local words = {}
  for name, value in pairs(fields) do
    words[#words + 1] = name
    words[#words + 1] = value
  end
  local waiting, held, first = find_waiting(ARG.id)
  if held and held ~= ARG.hash then
    drop_held(record, ARG.order)
    keep_item(record)
  elseif held and ARG.is_named then -- a repeat of the version that waits keeps its order
    ARG.order = waiting
  end
  if held ~= ARG.hash or not is_new_since(record, first) then
    first = ARG.order
  end
  redis.call('HSET', key('held'), ARG.id, cmsgpack.pack({ ARG.order, words, ARG.hash, first }))
  redis.call('ZADD', key('held:due'), whole(ARG.until_ms), ARG.id)
  redis.call('HSET', key('held:recent'), ARG.id, first .. ' ' .. ARG.listing)
end
local is_published = result == 'S' and hash_of(record.version) == ARG.hash
if result == 'S' and not is_published and not is_withheld(record, ARG.version) then
  note_place(record, ARG.hash, ARG.order)
  keep_item(record)
end
if result == 'H' or result == 'S' then
  finish(ARG.stream, ARG.entry)
end
return result
