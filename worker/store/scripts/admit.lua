-- Puts what is new or changed on the inbox and remembers it.
-- KEYS leases, inbox, inbox:urgent, item key...
-- ARGV feed id, token, item expiry in s, inbox length,
--      then for each item: version, JSON, cut, urgent (0 or 1), source, alone (0 or 1)
-- Returns {new, changed, known}, {-1} when the lease is no longer ours, {-2} when the inbox is full.
--
-- `seen` holds [version, times] of the last versions, the newest last. A version that comes back
-- after another gets a version of its own: ".2" goes in after byte `cut` of the JSON. It came back
-- only if this feed (`by:<feed id>`) showed another one before and shows one now (`alone`): two feeds
-- that carry one uri in two wordings, or one feed that carries it twice, would else go round for ever.
local SEEN_VERSIONS = 16
local FIELDS_PER_ITEM = 6

local lease = redis.call('HGET', KEYS[1], ARGV[1])
if lease ~= ARGV[2] and lease ~= '+' .. ARGV[2] then
  return {-1}
end

local function sequence(id)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(number)
end

local function is_later(id, other)
  local ms, number = sequence(id)
  local other_ms, other_number = sequence(other)
  return ms > other_ms or (ms == other_ms and number > other_number)
end

local function add(stream, id, json, source)
  if source == '' then
    return redis.call('XADD', stream, id, 'message', json)
  end
  return redis.call('XADD', stream, id, 'message', json, 'source', source)
end

-- The two inbox streams count for themselves. Versions of one item must compare by entry id across
-- both, and so must a kill and the items of its poll: an entry that would come out earlier than the
-- last one is put one millisecond after it.
local put_last

local function put(stream, last, json, source)
  if put_last and not (last and is_later(last, put_last)) then
    last = put_last
  end
  local id = add(stream, '*', json, source)
  if last and not is_later(id, last) then
    redis.call('XDEL', stream, id)
    local ms = sequence(last)
    id = add(stream, string.format('%.0f-*', ms + 1), json, source)
  end
  put_last = id
  return id
end

local function find(seen, version)
  for i, pair in ipairs(seen) do
    if pair[1] == version then
      return i
    end
  end
  return nil
end

-- Makes `version` the newest of `seen`; the number of times that it was so, now included.
local function count_again(seen, version, at)
  local times = 1
  if at then
    times = table.remove(seen, at)[2] + 1
  end
  seen[#seen + 1] = {version, times}
  if #seen > SEEN_VERSIONS then
    table.remove(seen, 1)
  end
  return times
end

local full = redis.call('XLEN', KEYS[2]) + redis.call('XLEN', KEYS[3]) >= tonumber(ARGV[4])
local by = 'by:' .. ARGV[1]
local new, changed, known = 0, 0, 0
local refused = false
for i = 1, #KEYS - 3 do
  local key = KEYS[3 + i]
  local first = 4 + (i - 1) * FIELDS_PER_ITEM
  local version, json, source = ARGV[first + 1], ARGV[first + 2], ARGV[first + 5]
  local stream = ARGV[first + 4] == '1' and KEYS[3] or KEYS[2]
  local alone = ARGV[first + 6] == '1'
  local was = redis.call('HMGET', key, 'newest', 'seen', 'entry', by)
  local newest, last, shown = was[1], was[3], was[4]
  local seen = was[2] and cjson.decode(was[2]) or {{newest, 1}}
  local at = newest and find(seen, version)
  if version == newest or version == shown or (at and not (shown and alone)) then
    if version ~= shown then
      redis.call('HSET', key, by, version)
    end
    known = known + 1
  elseif full then
    refused = true
  elseif not newest then
    local id = put(stream, last, json, source)
    redis.call('HSET', key, 'newest', version, 'entry', id, by, version)
    new = new + 1
  else
    local times = count_again(seen, version, at)
    if times > 1 then
      local cut = tonumber(ARGV[first + 3])
      json = string.sub(json, 1, cut) .. '.' .. times .. string.sub(json, cut + 1)
    end
    local id = put(stream, last, json, source)
    redis.call(
      'HSET', key, 'newest', version, 'entry', id, 'seen', cjson.encode(seen), by, version
    )
    changed = changed + 1
  end
  redis.call('EXPIRE', key, ARGV[3])
end
if refused then
  return {-2}
end
return {new, changed, known}
