-- KEYS: the code. ARGV: code, tries, now, whose claim it is to be ('' claims nothing). Answers 1 where it is right.
-- Codes are keyed digests of 32 bytes. Strings of up to 40 are interned, so `==` compares addresses: its time says
-- nothing of how much of a guess is right, and whoever guesses can't choose the digest.
local kept = redis.call('HMGET', KEYS[1], 'code', 'claimed', 'expires_at')
if not kept[1] or tonumber(ARGV[3]) >= tonumber(kept[3]) then
  return 0
end
if kept[1] == ARGV[1] and kept[2] and kept[2] == ARGV[4] then
  -- Asked again since the answer was lost.
  return 1
end
local tried = redis.call('HINCRBY', KEYS[1], 'tries', 1)
if tried > tonumber(ARGV[2]) or kept[1] ~= ARGV[1] then
  return 0
end
if kept[2] then
  -- Right, but another call has it: no guess, so no try.
  redis.call('HINCRBY', KEYS[1], 'tries', -1)
  return 0
end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'claimed', ARGV[4])
end
return 1
