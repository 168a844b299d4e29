-- uses core, steady, leases
-- Begins the work of a claim under a new token. Returns 1, or 0 if another process has it or it is
-- done; then the id's value in each hash and the value of each string, '' for none; and with
-- `since` the ms since the work was first begun.
-- ARG: kind, id, claim, token, lease_ms, hashes, strings, since (a hash)
--
-- If a claim expired and was made again while its task message waited in the queue, the first of
-- both messages to arrive begins the work and fences off the other. So a long queue starves no
-- feed.
local claim, holder = find_lease(ARG.id)
local is_silent = (due_at(ARG.id) or 0) <= STEADY
local is_free = claim and not holder
  or holder == ARG.token -- the request is repeated, since its answer was lost
  or claim == ARG.claim and is_silent -- the holder of this claim died or stands still
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
