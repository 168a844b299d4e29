-- Finds the originals that share a band with each item, and the item itself if it is an original.
-- KEYS: near, near:desks, near:ages, then for each item the key of each band (lib/originals.lua)
-- ARGV: for each item its own id, the number of its bands, then the last digits of each band
-- Returns for each item a flat list: record, desks, time, record, desks, time, ...
local near, desks, ages = KEYS[1], KEYS[2], KEYS[3]
local key_at, arg_at = 3, 0
local answers = {}

local function add(answer, seen, id)
  if seen[id] then
    return
  end
  seen[id] = true
  local record = redis.call('HGET', near, id)
  if record then
    answer[#answer + 1] = record
    answer[#answer + 1] = redis.call('HGET', desks, id) or ''
    answer[#answer + 1] = redis.call('ZSCORE', ages, id) or '0'
  end
end

while arg_at < #ARGV do
  local own, bands = ARGV[arg_at + 1], tonumber(ARGV[arg_at + 2])
  local answer, seen = {}, {}
  add(answer, seen, own)
  local buckets = bands > 0 and redis.call('MGET', unpack(KEYS, key_at + 1, key_at + bands)) or {}
  for i, bucket in ipairs(buckets) do
    for id in string.gmatch(bucket or '', ':' .. ARGV[arg_at + 2 + i] .. '(%x+)') do
      add(answer, seen, id)
    end
  end
  answers[#answers + 1] = answer
  key_at, arg_at = key_at + bands, arg_at + 2 + bands
end
return answers
