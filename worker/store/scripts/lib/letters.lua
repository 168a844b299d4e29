-- Dead letters: dead, a public stream; dead:classes, how many there are of each class; dead:sizes, the
-- size of their payloads; dead:class:<class>, their ids, the oldest first; dead:dropped, how many of
-- each kind had to make room.
-- A class is a kind and the fixed words of its reasons. The class that has the most makes room, of
-- letters or of bytes, whichever there are too many of: a flood of one mistake pushes out nothing else.
-- ARG dead_length, dead_bytes, whole_bytes, cut_bytes
local BESIDE = 1000 -- bytes of a field beside the message that is kept with it

local function enter_class(id, class, size)
  redis.call('HINCRBY', key('dead:classes'), class, 1)
  redis.call('HINCRBY', key('dead:sizes'), class, size)
  redis.call('RPUSH', key('dead:class:' .. class), id)
end

-- Forgets a letter; its fields, or nil where there was none.
local function drop_letter(id)
  local found = redis.call('XRANGE', key('dead'), id, id)[1]
  if not found then
    return nil
  end
  local letter = fields_of(found[2])
  local class = letter.class or letter.kind or ''
  redis.call('XDEL', key('dead'), id)
  redis.call('LREM', key('dead:class:' .. class), 1, id)
  redis.call('HINCRBY', key('dead:sizes'), class, -#(letter.payload or ''))
  if redis.call('HINCRBY', key('dead:classes'), class, -1) <= 0 then
    redis.call('HDEL', key('dead:classes'), class)
    redis.call('HDEL', key('dead:sizes'), class)
  end
  return letter
end

-- Counts anew: somebody else deleted letters or what is known of them, or they are of before there
-- were classes.
local PAGE = 20
local function recount()
  for _, class in ipairs(redis.call('HKEYS', key('dead:classes'))) do
    redis.call('DEL', key('dead:class:' .. class))
  end
  redis.call('DEL', key('dead:classes'), key('dead:sizes'))
  local from = '-'
  repeat
    local page = redis.call('XRANGE', key('dead'), from, '+', 'COUNT', PAGE)
    for _, entry in ipairs(page) do
      local letter = fields_of(entry[2])
      enter_class(entry[1], letter.class or letter.kind or '', #(letter.payload or ''))
      from = '(' .. entry[1]
    end
  until #page < PAGE
end

-- The sum of a hash of numbers, and the class that has the most.
local function sum_of(name)
  local class, most, sum = '', -1, 0
  local found = redis.call('HGETALL', key(name))
  for i = 1, #found, 2 do
    local number = tonumber(found[i + 1])
    sum = sum + number
    if number > most then
      class, most = found[i], number
    end
  end
  return sum, class
end

-- Forgets the oldest letter of a class.
local function make_room(class)
  local oldest = redis.call('LINDEX', key('dead:class:' .. class), 0)
  local letter = oldest and drop_letter(oldest)
  if letter then
    redis.call('HINCRBY', key('dead:dropped'), letter.kind or '', 1)
  else
    recount()
  end
end

-- Adds a letter. `said` are names and values, `fields` those of the entry that it is about.
local function bury(stream, id, said, fields)
  local payload = fields.message or ''
  local command = { 'XADD', key('dead'), '*' }
  local function add(name, value)
    command[#command + 1] = name
    command[#command + 1] = value
  end
  for i = 1, #said, 2 do
    add(said[i], said[i + 1])
  end
  for _, name in ipairs({ 'published', 'urgency' }) do
    if fields[name] and #fields[name] <= BESIDE then
      add('field:' .. name, fields[name])
    end
  end
  if #payload > ARG.whole_bytes then
    add('cut', #payload)
    payload = string.sub(payload, 1, ARG.cut_bytes)
  end
  add('payload', payload)
  add('stream', stream)
  if fields.door then
    add('door', fields.door)
  end
  add('retry_of', fields.order or id)
  enter_class(redis.call(unpack(command)), fields_of(said).class, #payload)
  if sum_of('dead:classes') ~= redis.call('XLEN', key('dead')) then
    recount()
  end
  for _ = 1, 1000 do
    local count, crowd = sum_of('dead:classes')
    local bytes, heap = sum_of('dead:sizes')
    if count > 1 and count > ARG.dead_length then
      make_room(crowd)
    elseif count > 1 and bytes > ARG.dead_bytes then
      make_room(heap)
    else
      return
    end
  end
end
