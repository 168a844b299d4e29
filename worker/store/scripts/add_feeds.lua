-- uses core, steady
-- Adds or changes feeds; new ones are due now. Returns the number of new ones.
-- ARG: feeds {{id, Feed JSON}...}
local new = 0
for _, feed in ipairs(ARG.feeds) do
  if redis.call('HSET', key('feeds'), feed[1], feed[2]) == 1 then
    redis.call('ZADD', key('due'), whole(STEADY), feed[1])
    new = new + 1
  end
end
return new
