-- KEYS: the log. ARGV: when it was taken.
local taken = redis.call('ZRANGEBYSCORE', KEYS[1], ARGV[1], ARGV[1], 'LIMIT', 0, 1)
if taken[1] then
  redis.call('ZREM', KEYS[1], taken[1])
end
