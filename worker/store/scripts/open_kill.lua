-- Remembers a kill for the items that it may have overtaken. Returns its id.
-- KEYS kills; ARGV kill as JSON, how long it is remembered in s, kills that are remembered
local time = redis.call('TIME')
local oldest = (time[1] - tonumber(ARGV[2])) * 1000
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', oldest))
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'kill', ARGV[1])
