-- The entries of a work stream that were handed out and are still to be done.

-- Returns what XPENDING tells of each entry, by its id; of an entry that is not pending, nothing.
-- The entries of a task message mostly follow each other, so one command finds nearly all.
local function find_pending(stream, ids)
  local found = {}
  local function look(first, last, count)
    local pending = redis.pcall('XPENDING', stream, GROUP, first, last, count)
    for _, held in ipairs(pending.err and {} or pending) do
      found[held[1]] = held
    end
    return pending.err
  end
  local failed = #ids > 1 and look(ids[1], ids[#ids], 2 * #ids)
  for _, id in ipairs(ids) do
    failed = failed or not found[id] and look(id, id, 1)
  end
  return found, failed
end

-- Notes an entry to claim under its count of attempts: one command claims all of the same count.
local function add_claim(claims, count, id)
  claims[count] = claims[count] or {}
  table.insert(claims[count], id)
end

-- Claims entries and sets their count of attempts. The last words are options of XCLAIM.
local CLAIMED_AT_ONCE = 1000 -- Lua passes some 8,000 words to a command at most
local function claim(stream, consumer, count, ids, ...)
  local entries = {}
  for first = 1, #ids, CLAIMED_AT_ONCE do
    local words = { stream, GROUP, consumer, 0 }
    for i = first, math.min(#ids, first + CLAIMED_AT_ONCE - 1) do
      words[#words + 1] = ids[i]
    end
    words[#words + 1], words[#words + 2] = 'RETRYCOUNT', count
    for _, word in ipairs({ ... }) do
      words[#words + 1] = word
    end
    for _, entry in ipairs(redis.call('XCLAIM', unpack(words))) do
      entries[#entries + 1] = entry
    end
  end
  return entries
end
