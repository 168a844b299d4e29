-- uses core, steady, leases, feeds
-- Makes a feed due now unless it is leased or paused. Returns 1, or 0 for an unknown feed.
-- ARG: id
if redis.call('HEXISTS', key('feeds'), ARG.id) == 0 then
  return 0
end
make_due(ARG.id)
return 1
