-- uses core, losses
-- Confirms what a desk's relay has sent, in the order of the stream. Returns 0 where the lease is
-- another's.
-- desk, token, ids
local stream = key('desk:' .. ARG.desk)
if redis.call('HGET', key('relay:' .. ARG.desk), 'token') ~= ARG.token then
  return 0
end

-- What was cut between its sending and now was counted as lost, and is not.
local saved = 0
for _, id in ipairs(ARG.ids) do
  if #redis.call('XRANGE', stream, id, id) > 0 then
    break
  end
  saved = saved + redis.call('XACK', stream, RELAY, id)
end
if saved > 0 then
  count_lost(ARG.desk, RELAY, -saved)
end
if #ARG.ids > 0 then
  redis.call('XACK', stream, RELAY, unpack(ARG.ids))
end
return 1
