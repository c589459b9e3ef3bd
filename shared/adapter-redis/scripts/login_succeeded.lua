-- KEYS: as in login_begin. ARGV: now, for how long the address is known; in milliseconds.
local now, span = tonumber(ARGV[1]), tonumber(ARGV[2])
local known = redis.call('GET', KEYS[1])
if known and now < tonumber(known) then
  redis.call('DEL', KEYS[4], KEYS[5])
else
  redis.call('DEL', KEYS[2], KEYS[3])
end
redis.call('SET', KEYS[1], string.format('%.0f', now + span), 'PX', span)
