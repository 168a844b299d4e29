-- uses core, losses
-- Confirms events that a desk's relay has sent, in the order of the stream. Returns 1, or 0 if
-- another relay has the lease.
-- ARG: desk, token, ids, refused (an event that the sink never takes: it counts as lost; or empty)
local stream = key('desk:' .. ARG.desk)
if redis.call('HGET', key('relay:' .. ARG.desk), 'token') ~= ARG.token then
  return 0
end

-- Events that were trimmed while the relay sent them were counted as lost, but are not.
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
-- One that was trimmed in the meantime has been counted already.
if ARG.refused ~= '' and redis.call('XACK', stream, RELAY, ARG.refused) > 0
  and #redis.call('XRANGE', stream, ARG.refused, ARG.refused) > 0 then
  count_lost(ARG.desk, RELAY, 1)
end
return 1
