-- uses core
-- Adds to the sums of metrics. A new series that its metric has no room for is added to another.
-- ARG: metrics: {name, most series, {field, field if there is no room, increment}...}...
for _, metric in ipairs(ARG.metrics) do
  local sums, most, series = key('metrics:' .. metric[1]), metric[2], metric[3]
  local room = most - redis.call('HLEN', sums)
  for _, one in ipairs(series) do
    local field = one[1]
    if redis.call('HEXISTS', sums, field) == 0 then
      field = room > 0 and field or one[2]
      room = room - 1
    end
    redis.call('HINCRBY', sums, field, whole(one[3]))
  end
end
return 1
