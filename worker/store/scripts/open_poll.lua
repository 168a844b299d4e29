-- What a poller begins with. Returns 1 or 0 for a lease that is still its holder's, the feed's JSON and
-- its state's, each '' where there is none.
-- KEYS due, feeds, states; ARGV feed id, token
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '')
local is_held = score and score == tonumber(ARGV[2]) and score > now
local feed = redis.call('HGET', KEYS[2], ARGV[1])
local state = redis.call('HGET', KEYS[3], ARGV[1])
return { is_held and 1 or 0, feed or '', state or '' }
