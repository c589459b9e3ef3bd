-- A sliding log. KEYS: the log. ARGV: now, member ('' only looks), count, span in milliseconds.
-- Answers 0, or how many milliseconds there is no room for.
local now, member = tonumber(ARGV[1]), ARGV[2]
local count, span = tonumber(ARGV[3]), tonumber(ARGV[4])
if member ~= '' and redis.call('ZSCORE', KEYS[1], member) then
  -- Asked again since the answer was lost.
  return 0
end
local used = redis.call('ZCOUNT', KEYS[1], '(' .. (now - span), '+inf')
if used >= count then
  -- There is room again when the count-th newest leaves.
  local newest = redis.call('ZREVRANGE', KEYS[1], count - 1, count - 1, 'WITHSCORES')
  return tonumber(newest[2]) + span - now
end
if member ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - span)
  redis.call('ZADD', KEYS[1], now, member)
  redis.call('PEXPIRE', KEYS[1], span)
end
return 0
