-- Sums of metrics. metrics:<name>: a hash of integers by the labels of a series, as JSON.

-- Adds to the series of a metric with a single label, which is a word of ours.
local function count_more(name, label, count)
  redis.call('HINCRBY', key('metrics:' .. name), '["' .. label .. '"]', count)
end

local function count_one(name, label)
  count_more(name, label, 1)
end
