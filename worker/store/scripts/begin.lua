-- uses core
-- Claims the entries of a work stream that are still to be done, except those that a worker began
-- or renewed within silent_ms. Counts no attempt: count.lua does, once the worker has the entries,
-- so that an answer lost on its way is no attempt. An entry that was begun before is not begun with
-- others: a task message from before that would let it end a worker that has them too.
-- ARG: stream, ids, silent_ms
-- Returns {stream, entry id, attempts including this, {field, value, ...}}...
local WORKER = 'worker'
local begun = {}
for _, id in ipairs(ARG.ids) do
  local before = redis.pcall('XPENDING', ARG.stream, GROUP, id, id, 1)
  if before.err then
    if string.sub(before.err, 1, 7) == 'NOGROUP' then -- no entry has been taken yet
      return {}
    end
    return before
  end
  local held = before[1]
  local is_alone = held and (#ARG.ids == 1 or held[4] <= 1)
  local is_free = is_alone and not (held[2] == WORKER and held[3] < ARG.silent_ms)
  local entry = is_free
    and redis.call('XCLAIM', ARG.stream, GROUP, WORKER, 0, id, 'RETRYCOUNT', held[4])[1]
  if entry then
    begun[#begun + 1] = { ARG.stream, entry[1], held[4], entry[2] }
  end
end
return begun
