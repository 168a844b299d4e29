-- Dead letters: dead, a public stream; dead:bytes, the size of their payloads; dead:classes, how many
-- there are of each class; dead:sizes, the size of their payloads; dead:class:<class>, their ids, the
-- oldest first; dead:dropped, how many of each kind had to make room.
-- A class is a kind and the fixed words of its reasons. The class that has the most makes room, of
-- letters or of bytes, whichever there are too many of: a flood of one mistake pushes out nothing else.
-- ARG dead_length, dead_bytes, whole_bytes, cut_bytes
local BESIDE = 1000 -- bytes of a field beside the message that is kept with it

local function leave_class(id, letter)
  local class = letter.class or letter.kind or ''
  redis.call('LREM', key('dead:class:' .. class), 1, id)
  redis.call('HINCRBY', key('dead:sizes'), class, -#(letter.payload or ''))
  if redis.call('HINCRBY', key('dead:classes'), class, -1) <= 0 then
    redis.call('HDEL', key('dead:classes'), class)
    redis.call('HDEL', key('dead:sizes'), class)
  end
end

-- Forgets a letter; its fields, or nil where there was none.
local function drop_letter(id)
  local found = redis.call('XRANGE', key('dead'), id, id)[1]
  if not found then
    return nil
  end
  local letter = fields_of(found[2])
  redis.call('XDEL', key('dead'), id)
  if redis.call('DECRBY', key('dead:bytes'), #(letter.payload or '')) < 0 then
    redis.call('SET', key('dead:bytes'), 0)
  end
  leave_class(id, letter)
  return letter
end

-- The class that has the most by a hash of numbers; nil where most of the whole has no class, since
-- it is of before there were classes.
local function largest_class(numbers, whole_number)
  local class, most, classed = nil, 0, 0
  local found = redis.call('HGETALL', key(numbers))
  for i = 1, #found, 2 do
    local number = tonumber(found[i + 1])
    classed = classed + number
    if number > most then
      class, most = found[i], number
    end
  end
  return whole_number - classed <= most and class or nil
end

-- The oldest letter of a class; without one, the oldest of all.
local function oldest_of(class)
  if class then
    return redis.call('LINDEX', key('dead:class:' .. class), 0)
  end
  return redis.call('XRANGE', key('dead'), '-', '+', 'COUNT', 1)[1][1]
end

local function make_room(class)
  local oldest = oldest_of(class)
  local letter = oldest and drop_letter(oldest)
  if letter then
    redis.call('HINCRBY', key('dead:dropped'), letter.kind or '', 1)
  elseif oldest then -- the letter was deleted by somebody else
    leave_class(oldest, { class = class })
  else -- the class's list was
    redis.call('HDEL', key('dead:classes'), class)
    redis.call('HDEL', key('dead:sizes'), class)
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
  local letter = redis.call(unpack(command))
  local class = fields_of(said).class
  redis.call('HINCRBY', key('dead:classes'), class, 1)
  redis.call('HINCRBY', key('dead:sizes'), class, #payload)
  redis.call('RPUSH', key('dead:class:' .. class), letter)
  redis.call('INCRBY', key('dead:bytes'), #payload)
  for _ = 1, 1000 do
    local count = redis.call('XLEN', key('dead'))
    local bytes = tonumber(redis.call('GET', key('dead:bytes')))
    if count <= 1 then
      redis.call('SET', key('dead:bytes'), #payload) -- also where somebody else deleted letters
    end
    if count > 1 and count > ARG.dead_length then
      make_room(largest_class('dead:classes', count))
    elseif count > 1 and bytes > ARG.dead_bytes then
      make_room(largest_class('dead:sizes', bytes))
    else
      return
    end
  end
end
