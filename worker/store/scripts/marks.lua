-- uses core, items, desks
-- Returns the marks of events of an item's last version: digest or '', how often a replay replaced
-- it.
-- ARG: id, events: {desk, position}...
local record = find_item(ARG.id)
local marks = {}
for i, event in ipairs(ARG.events) do
  local desk, position = event[1], event[2]
  marks[i] = {
    digest_at(record.desks, desk, position), record.replays[desk .. '/' .. whole(position)] or 0,
  }
end
return marks
