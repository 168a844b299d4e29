-- uses core, pending
-- Claims the entries of a work stream that are still to be done, except those that a worker began
-- or renewed within silent_ms. Counts no attempt: count.lua does, once the worker has the entries,
-- so that an answer lost on its way is no attempt. An entry that was begun before is not begun with
-- others: a task message from before that would let it end a worker that has them too.
-- ARG: stream, ids, silent_ms
-- Returns {stream, entry id, attempts including this, {field, value, ...}}...
local WORKER = 'worker'
local pending, failed = find_pending(ARG.stream, ARG.ids)
if failed then
  -- Without a group no entry has been taken yet.
  return string.sub(failed, 1, 7) == 'NOGROUP' and {} or redis.error_reply(failed)
end
local claims = {}
for _, id in ipairs(ARG.ids) do
  local held = pending[id]
  local is_alone = held and (#ARG.ids == 1 or held[4] <= 1)
  if is_alone and not (held[2] == WORKER and held[3] < ARG.silent_ms) then
    add_claim(claims, held[4], id)
    pending[id] = nil -- named twice, it is claimed once
  end
end
local entries = {}
for attempts, ids in pairs(claims) do
  for _, entry in ipairs(claim(ARG.stream, WORKER, attempts, ids)) do
    entries[entry[1]] = { ARG.stream, entry[1], attempts, entry[2] }
  end
end
local begun = {}
for _, id in ipairs(ARG.ids) do
  begun[#begun + 1] = entries[id]
  entries[id] = nil
end
return begun
