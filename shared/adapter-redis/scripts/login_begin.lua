-- KEYS: until when the address is known; the account's bucket and its failures; the same of the account at this
-- address. ARGV: now, member, free failures, in what time, first wait, longest wait; all in milliseconds.
-- Answers 0 and counts a failure in advance, or how long the bucket waits.
-- The rule, where 5 failures in 5 minutes are free, and the waits are 30 s to 15 min: the sixth try waits until 30 s
-- after the fifth failure. One more failure doubles the wait, up to the longest, whether or not the 5 minutes are over
-- by then: whoever waits does not get five tries anew. Success forgets all of it, and so does a quiet time, as long as
-- the longest wait, after the end of the last.
local now, member = tonumber(ARGV[1]), ARGV[2]
local free, span, first, most = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local bucket, failures = KEYS[2], KEYS[3]
local known = redis.call('GET', KEYS[1])
if known and now < tonumber(known) then
  bucket, failures = KEYS[4], KEYS[5]
end

local kept = redis.call('HMGET', bucket, 'level', 'until', 'last')
local level, wait_until = tonumber(kept[1] or 0), tonumber(kept[2] or 0)
if kept[3] == member or redis.call('ZSCORE', failures, member) then
  -- Asked again since the answer was lost.
  return 0
end
if now < wait_until then
  return wait_until - now
end
if level > 0 and now - wait_until >= most then
  -- Quiet for as long as the longest wait: what was is forgotten.
  level = 0
  redis.call('DEL', bucket, failures)
end

if level == 0 then
  redis.call('ZREMRANGEBYSCORE', failures, '-inf', now - span)
  redis.call('ZADD', failures, now, member)
  redis.call('PEXPIRE', failures, span)
  if redis.call('ZCARD', failures) < free then
    return 0
  end
end
local wait = math.min(first * 2 ^ math.min(level, 30), most)
redis.call('HSET', bucket, 'level', level + 1, 'until', string.format('%.0f', now + wait), 'last', member)
redis.call('PEXPIRE', bucket, wait + most)
return 0
