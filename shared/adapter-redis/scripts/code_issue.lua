-- KEYS: the code, the log of mails. ARGV: code, now, expiry, member, then count and span of each window.
-- Answers 1, or 0 where a window is full; nothing is changed then.
local now, longest = tonumber(ARGV[2]), 0
-- Asked again since the answer was lost.
if redis.call('ZSCORE', KEYS[2], ARGV[4]) then
  return 1
end
for i = 5, #ARGV, 2 do
  local count, span = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if redis.call('ZCOUNT', KEYS[2], '(' .. (now - span), '+inf') >= count then
    return 0
  end
  if span > longest then
    longest = span
  end
end
if longest > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - longest)
  redis.call('ZADD', KEYS[2], now, ARGV[4])
  redis.call('PEXPIRE', KEYS[2], longest)
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'code', ARGV[1], 'tries', 0, 'issued_at', ARGV[2], 'expires_at', ARGV[3])
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[3]) - now)
return 1
