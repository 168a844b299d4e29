-- uses core, steady, leases
-- Begins the work of a claim under a token of its own. Returns 1, or 0 where another has it or it is
-- done, then what each hash holds under the id, then each string, '' for nothing, and how many ms ago
-- the work was begun first, where there is a hash `since`.
-- ARG: kind, id, claim, token, lease_ms, again (the claim's holder is known to be dead), hashes, strings,
--     since
--
-- Work that was claimed again, because its hint waited for long, and that nobody has begun, is begun
-- by whichever hint comes first; the others are then fenced off. So no queue is too long for any.
local claim, holder = find_lease(ARG.id)
local is_silent = ARG.again or (due_at(ARG.id) or 0) <= STEADY
local is_free = claim and not holder
  or holder == ARG.token -- the same request once more: its answer was lost
  or claim == ARG.claim and is_silent
if is_free then
  keep_lease(ARG.id, ARG.claim, ARG.token, 0)
  redis.call('ZADD', DUE, 'XX', whole(STEADY + ARG.lease_ms), ARG.id)
end
local answer = { is_free and 1 or 0 }
for _, name in ipairs(ARG.hashes) do
  answer[#answer + 1] = redis.call('HGET', key(name), ARG.id) or ''
end
for _, name in ipairs(ARG.strings) do
  answer[#answer + 1] = is_free and redis.call('GET', key(name)) or ''
end
if is_free and ARG.since then
  redis.call('HSETNX', key(ARG.since), ARG.id, whole(STEADY))
  answer[#answer + 1] = STEADY - redis.call('HGET', key(ARG.since), ARG.id)
end
return answer
