-- uses core, steady, order, doors, sums, letters
-- Puts a dead letter's message back on its work stream or its door, with its first order. Returns
-- R(etried), N(one: there is no such letter), C(ut: its payload) or L(ate: its first order is older
-- than window_ms, so that kills and later versions of its item may be forgotten).
-- ARG: id, step, window_ms (0: never late)
--
-- The letter is deleted last: a door refuses the message after an entry with the highest possible
-- id.

-- Returns the order by which the message is judged: its first. In another program's letter that may
-- be missing, no order, or ahead of all orders, which no later version would ever reach: then the
-- letter's own id is the order, since the message came in before it. nil if that is ahead, too.
local function first_order(letter)
  for _, order in ipairs({ letter.retry_of or '', ARG.id }) do
    local ms = tonumber(string.match(order, '^(%d+)%-%d+$') or '')
    if ms and (ms <= STEADY or not is_later(order, latest_order())) then
      return order, ms
    end
  end
end

local entry = redis.call('XRANGE', key('dead'), ARG.id, ARG.id)[1]
local letter = entry and fields_of(entry[2])
if not letter then
  return 'N'
end
if letter.cut then
  return 'C'
end
local order, came_ms = first_order(letter)
if ARG.window_ms > 0 and came_ms and came_ms < STEADY - ARG.window_ms then
  return 'L'
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
  for _, name in ipairs({ 'door', 'unnamed' }) do
    if letter[name] then
      fields[#fields + 1] = name
      fields[#fields + 1] = letter[name]
    end
  end
  if letter.kind == 'page' then
    fields[#fields + 1] = 'page'
    fields[#fields + 1] = '1'
  end
  add_work(stream == 'work:urgent', ARG.step, order, fields)
else
  local door = stream == 'inbox:urgent' and stream or 'inbox'
  local id = redis.call('XADD', key(door), '*', unpack(fields))
  if order then
    redis.call('HSET', key('retried'), retried_name(door, id, fields_of(fields)), order)
    keep_order(door, id, order)
  end
end
drop_letter(ARG.id)
return 'R'
