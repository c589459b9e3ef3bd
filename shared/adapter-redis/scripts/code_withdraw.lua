-- KEYS: the code, the log of mails. ARGV: when the code was issued.
if redis.call('HGET', KEYS[1], 'issued_at') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
local mail = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], ARGV[1], 'LIMIT', 0, 1)
if mail[1] then
  redis.call('ZREM', KEYS[2], mail[1])
end
