-- Sums of metrics. metrics:<name>: a hash of integers by the labels of a series, as JSON.

-- Adds 1 to the series of a metric with a single label, which is a word of ours.
local function count_one(name, label)
  redis.call('HINCRBY', key('metrics:' .. name), '["' .. label .. '"]', 1)
end
