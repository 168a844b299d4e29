-- Puts a dead letter's message back on its stream. Returns 1, or 0 when it is not there or was cut.
-- KEYS dead, dead:bytes, inbox, inbox:urgent; ARGV letter id
local letter = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not letter then
  return 0
end
local stream, payload, retry_of = KEYS[3], '', nil
local others = {}
for i = 1, #letter[2], 2 do
  local name, value = letter[2][i], letter[2][i + 1]
  if name == 'cut' then
    return 0
  elseif name == 'payload' then
    payload = value
  elseif name == 'retry_of' then
    retry_of = value
  elseif name == 'stream' and value == KEYS[4] then
    stream = value
  elseif string.sub(name, 1, 6) == 'field:' then
    others[#others + 1] = string.sub(name, 7)
    others[#others + 1] = value
  end
end
local command = {'XADD', stream, '*', 'message', payload}
if retry_of then
  command[#command + 1] = 'retry_of'
  command[#command + 1] = retry_of
end
for _, word in ipairs(others) do
  command[#command + 1] = word
end
redis.call(unpack(command))
redis.call('XDEL', KEYS[1], ARGV[1])
redis.call('DECRBY', KEYS[2], #payload)
return 1
