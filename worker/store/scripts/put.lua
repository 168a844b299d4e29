-- uses core
-- Puts messages at a door, all or none, and remembers under a key that it did.
-- The key and the entries are written together and reach a replica together, so a server that took
-- over, or lost the tail of its log, has both or neither.
-- ARG: door, messages ({{field, value, ...}...}), most (the limit of the inbox), key (a digest; empty
--      for none), digest (of what the key stands for)
-- Returns {"put", id, ...}, with the ids of the first time if the key is known; {"reused"} if it
-- stands for something else; {"full"}.
local KEPT_MS = '86400000' -- a day
local kept = key('put:' .. ARG.key)

local function known()
  local said = ARG.key ~= '' and redis.call('GET', kept)
  if not said then
    return nil
  end
  local words = {}
  for word in string.gmatch(said, '%S+') do
    words[#words + 1] = word
  end
  if words[1] ~= ARG.digest then
    return { 'reused' }
  end
  words[1] = 'put'
  return words
end

local function is_full()
  local waiting = #ARG.messages
  for _, name in ipairs({ 'inbox', 'inbox:urgent', 'work', 'work:urgent' }) do
    waiting = waiting + redis.call('XLEN', key(name))
  end
  return waiting > ARG.most
end

local answer = known()
if answer then
  return answer
end
if is_full() then
  return { 'full' }
end
answer = { 'put' }
for _, words in ipairs(ARG.messages) do
  local id = redis.pcall('XADD', key(ARG.door), '*', unpack(words))
  if type(id) == 'table' then -- an error, as when the door has reached the last possible id
    if #answer > 1 then
      redis.call('XDEL', key(ARG.door), unpack(answer, 2))
    end
    return id
  end
  answer[#answer + 1] = id
end
if ARG.key ~= '' then
  answer[1] = ARG.digest
  redis.call('SET', kept, table.concat(answer, ' '), 'PX', KEPT_MS)
  answer[1] = 'put'
end
return answer
