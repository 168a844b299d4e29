-- Whether a lease is still its holder's. Returns 1, or 0 when it has run out or was given to another.
-- KEYS due; ARGV feed id, token
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '')
return score and score == tonumber(ARGV[2]) and score > now and 1 or 0
