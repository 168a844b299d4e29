-- uses core, order, doors, letters
-- Takes messages off their doors: to the work streams, to the dead letters, or nowhere. Returns how
-- many were still there.
-- ARG step, dead_length, dead_bytes, whole_bytes, cut_bytes,
--     messages: {door, id, digest, verdict: work | urgent | page | dead | done, letter}...
--
-- The fields of an entry on the work streams are ours alone: a sender's fields of other names go no
-- further. Another entry under an id that was read, since its sender chose it or the clock went back,
-- is known by its digest and stays.
local function enter(door, fields, verdict)
  local words = { 'door', door }
  for _, name in ipairs(KNOWN) do
    if fields[name] then
      words[#words + 1] = name
      words[#words + 1] = fields[name]
    end
  end
  if verdict == 'page' then
    words[#words + 1] = 'page'
    words[#words + 1] = '1'
  end
  local is_urgent = verdict == 'urgent' or verdict == 'page' and door == 'inbox:urgent'
  add_work(is_urgent, ARG.step, nil, words)
end

local entered = 0
for _, message in ipairs(ARG.messages) do
  local door, id, digest, verdict, letter = unpack(message)
  local entry = redis.call('XRANGE', key(door), id, id)[1]
  local fields = known_fields(entry and entry[2] or {})
  if entry and digest_of(fields) == digest then
    if verdict == 'dead' then
      bury(key(door), id, letter, fields)
    elseif verdict ~= 'done' then
      enter(door, fields, verdict)
    end
    redis.call('XDEL', key(door), id)
    entered = entered + 1
  end
end
for _, door in ipairs(DOORS) do
  reset_door(door)
end
return entered
