-- Dead letters. dead: a public stream; dead:classes: the number of letters by class; dead:sizes:
-- the size of their payloads by class; dead:class:<class>: the ids of its letters, the oldest
-- first; dead:dropped: the number of evicted letters by kind.
-- A class is a kind and the fixed words of the reason. If there are too many letters or bytes, the
-- class with the most of them makes room, so that a flood of one mistake evicts no other letters.
-- The kinds of letters that a sender can fill at will do so before all others: invalid messages,
-- long embargoes, and pages that cannot be read.
-- ARG: dead_length, dead_bytes, whole_bytes, cut_bytes
local BESIDE = 1000 -- bytes: a longer field beside the message is not kept
local SENT = { message = true, embargo = true, page = true } -- kinds that a sender can fill

local function enter_class(id, class, size)
  redis.call('HINCRBY', key('dead:classes'), class, 1)
  redis.call('HINCRBY', key('dead:sizes'), class, size)
  redis.call('RPUSH', key('dead:class:' .. class), id)
end

-- Deletes a letter; returns its fields, or nil if there is no such letter.
local function drop_letter(id)
  local entry = redis.call('XRANGE', key('dead'), id, id)[1]
  if not entry then
    return nil
  end
  local letter = fields_of(entry[2])
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

-- Counts all letters again: another program deleted some of them or their counts, or the letters
-- date from before there were classes.
local PAGE = 20 -- letters in a reply: each may have a payload of a mebibyte
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

-- Returns the sum of a hash of numbers by class, and the class that makes room: the largest one that
-- a sender can fill, or else the largest.
local function sum_of(name)
  local class, most, sum, is_first = '', -1, 0, false
  local words = redis.call('HGETALL', key(name))
  for i = 1, #words, 2 do
    local number = tonumber(words[i + 1])
    local is_sent = number > 0 and SENT[string.match(words[i], '^[^:]*')] or false
    sum = sum + number
    if is_sent and not is_first or is_sent == is_first and number > most then
      class, most, is_first = words[i], number, is_sent
    end
  end
  return sum, class
end

-- Evicts the oldest letter of a class.
local function make_room(class)
  local oldest = redis.call('LINDEX', key('dead:class:' .. class), 0)
  local letter = oldest and drop_letter(oldest)
  if letter then
    redis.call('HINCRBY', key('dead:dropped'), letter.kind or '', 1)
  else
    recount()
  end
end

-- Adds a letter. `words` are its names and values, `fields` those of the rejected entry.
local function bury(stream, id, words, fields)
  local payload = fields.message or ''
  local command = { 'XADD', key('dead'), '*' }
  local function add(name, value)
    command[#command + 1] = name
    command[#command + 1] = value
  end
  for i = 1, #words, 2 do
    add(words[i], words[i + 1])
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
  for _, name in ipairs({ 'door', 'unnamed' }) do
    if fields[name] then
      add(name, fields[name])
    end
  end
  add('retry_of', fields.order or id)
  enter_class(redis.call(unpack(command)), fields_of(words).class, #payload)
  count_one('dead_letters', fields_of(words).kind)
  if sum_of('dead:classes') ~= redis.call('XLEN', key('dead')) then
    recount()
  end
  for _ = 1, 1000 do
    local count, most_letters = sum_of('dead:classes')
    local bytes, most_bytes = sum_of('dead:sizes')
    if count > 1 and count > ARG.dead_length then
      make_room(most_letters)
    elseif count > 1 and bytes > ARG.dead_bytes then
      make_room(most_bytes)
    else
      return
    end
  end
end
