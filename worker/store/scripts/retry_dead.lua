-- uses core, steady, order, doors, letters
-- Puts a dead letter's message back on its work stream or its door, with its first order. Returns
-- 1, or 0 if there is no such letter or its payload was cut.
-- ARG: id, step
--
-- The letter is deleted last: a door refuses the message after an entry with the highest possible
-- id.
local entry = redis.call('XRANGE', key('dead'), ARG.id, ARG.id)[1]
local letter = entry and fields_of(entry[2])
if not letter or letter.cut then
  return 0
end
local fields = { 'message', letter.payload or '' }
for _, name in ipairs({ 'source', 'field:published', 'field:urgency' }) do
  if (letter[name] or '') ~= '' then
    fields[#fields + 1] = string.match(name, '[^:]*$')
    fields[#fields + 1] = letter[name]
  end
end
local stream = string.sub(letter.stream or '', #PREFIX + 1)
if stream == 'work' or stream == 'work:urgent' then
  if letter.door then
    fields[#fields + 1] = 'door'
    fields[#fields + 1] = letter.door
  end
  if letter.kind == 'page' then
    fields[#fields + 1] = 'page'
    fields[#fields + 1] = '1'
  end
  add_work(stream == 'work:urgent', ARG.step, letter.retry_of, fields)
else
  local door = stream == 'inbox:urgent' and stream or 'inbox'
  local id = redis.call('XADD', key(door), '*', unpack(fields))
  local name = retried_name(door, id, fields_of(fields))
  redis.call('HSET', key('retried'), name, letter.retry_of)
end
drop_letter(ARG.id)
return 1
