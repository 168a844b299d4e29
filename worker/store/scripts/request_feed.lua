-- uses core, steady, leases, feeds
-- Adds a feed or changes it, and makes it due, if what is known of it is still what the caller read.
-- A poll that is under way, and began with what was known before, is followed by another at once.
-- Returns 1, or 0 where somebody else was first.
-- ARG: id, was (Feed JSON, '' for none), feed (Feed JSON)
if (redis.call('HGET', key('feeds'), ARG.id) or '') ~= ARG.was then
  return 0
end
redis.call('HSET', key('feeds'), ARG.id, ARG.feed)
make_due(ARG.id)
local claim, holder, slices = find_lease(ARG.id)
if holder then
  keep_lease(ARG.id, claim, holder, slices, true)
end
return 1
