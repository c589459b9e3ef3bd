-- KEYS: the code. ARGV: code. Gives a claimed code back, its try uncounted.
local kept = redis.call('HMGET', KEYS[1], 'code', 'claimed')
if kept[1] == ARGV[1] and kept[2] then
  redis.call('HDEL', KEYS[1], 'claimed')
  redis.call('HINCRBY', KEYS[1], 'tries', -1)
end
