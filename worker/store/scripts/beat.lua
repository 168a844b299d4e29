-- uses core
-- Records the heartbeat of a process; forgets those of an hour ago, and the oldest of too many.
-- ARG: process (its role, host and number)
local KEPT_MS, MOST = 3600000, 1000
redis.call('ZADD', key('beats'), whole(NOW), ARG.process)
redis.call('ZREMRANGEBYSCORE', key('beats'), '-inf', whole(NOW - KEPT_MS))
redis.call('ZREMRANGEBYRANK', key('beats'), 0, -1 - MOST)
redis.call('PEXPIRE', key('beats'), KEPT_MS)
return 1
