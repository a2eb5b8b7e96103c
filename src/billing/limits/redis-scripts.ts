/**
 * Each script is atomic and reads the clock of the server, so that replicas need not agree on the time. A window is a
 * hash: an amount for each bucket by its index, `total`, `head` (the oldest index that may count) and `newest`. Requests
 * at the same time are a sorted set of leases by their end. Numbers stay below 10^14, which Lua prints in full.
 */
const WINDOWS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function used(key, bucketMs, count)
  local oldest = math.floor(now / bucketMs) - count
  local stored = redis.call('HMGET', key, 'head', 'total')
  local head, total = tonumber(stored[1]), tonumber(stored[2])
  if not head then return 0 end
  if head >= oldest then return total end
  if oldest - head > count then
    redis.call('DEL', key)
    return 0
  end
  local gone = {}
  for index = head, oldest - 1 do gone[#gone + 1] = index end
  for _, amount in ipairs(redis.call('HMGET', key, unpack(gone))) do total = total - (tonumber(amount) or 0) end
  redis.call('HDEL', key, unpack(gone))
  redis.call('HSET', key, 'head', oldest, 'total', total)
  return total
end

local function add(key, bucketMs, count, amount)
  local bucket = math.floor(now / bucketMs)
  redis.call('HINCRBY', key, bucket, amount)
  redis.call('HINCRBY', key, 'total', amount)
  redis.call('HSET', key, 'newest', bucket)
  redis.call('HSETNX', key, 'head', bucket - count)
  redis.call('PEXPIRE', key, (count + 1) * bucketMs)
end

local function reset(key, bucketMs, count, total)
  if total == 0 then return 0 end
  return (tonumber(redis.call('HGET', key, 'newest')) + count + 1) * bucketMs - now
end
`;

/**
 * KEYS: counters. ARGV: lease, its ms, then for each counter amount, limit, ms of a bucket (0: leases) and their count.
 * Takes all or none. Answers whether it did, the time, the number of the claim that refused and how long it will, then
 * used and reset of each counter.
 */
export const TAKE = `${WINDOWS}
local function wait(key, bucketMs, count, total, rest)
  local stored = redis.call('HMGET', key, 'head', 'newest')
  local head, newest = tonumber(stored[1]), tonumber(stored[2])
  local indexes = {}
  for index = head, newest do indexes[#indexes + 1] = index end
  for position, amount in ipairs(redis.call('HMGET', key, unpack(indexes))) do
    total = total - (tonumber(amount) or 0)
    if total <= rest then return (indexes[position] + count + 1) * bucketMs - now end
  end
  return 0
end

local states, refusedBy, longest = {}, 0, -1
local function claim(n)
  local at = 2 + (n - 1) * 4
  return tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
end

for n, key in ipairs(KEYS) do
  local amount, limit, bucketMs, count = claim(n)
  local total
  if bucketMs == 0 then
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
    total = redis.call('ZCARD', key)
  else
    total = used(key, bucketMs, count)
  end
  states[n] = total
  if amount > 0 and total + amount > limit then
    local ms = 0
    if amount > limit then ms = 9e15 elseif bucketMs > 0 then ms = wait(key, bucketMs, count, total, limit - amount) end
    if ms > longest then refusedBy, longest = n, ms end
  end
end

local answer = { refusedBy == 0 and 1 or 0, now, refusedBy, longest }
for n, key in ipairs(KEYS) do
  local amount, limit, bucketMs, count = claim(n)
  local total = states[n]
  if refusedBy == 0 and bucketMs == 0 then
    redis.call('ZADD', key, now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', key, ARGV[2])
  elseif refusedBy == 0 and amount > 0 then
    add(key, bucketMs, count, amount)
    total = total + amount
  end
  answer[#answer + 1] = total
  answer[#answer + 1] = bucketMs == 0 and 0 or reset(key, bucketMs, count, total)
end
return answer
`;

/**
 * KEYS: windows. ARGV: when the amounts were taken, then for each window the correction, ms of a bucket and their count.
 * Gives back only what is still counted, so that no bucket falls below 0. Answers used and reset of each.
 */
export const CORRECT = `${WINDOWS}
local answer = {}
for n, key in ipairs(KEYS) do
  local at = 1 + (n - 1) * 3
  local amount, bucketMs, count = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local total = used(key, bucketMs, count)
  if amount > 0 then
    add(key, bucketMs, count, amount)
    total = total + amount
  else
    local bucket = math.floor(ARGV[1] / bucketMs)
    local given = math.min(-amount, tonumber(redis.call('HGET', key, bucket)) or 0)
    if given > 0 then
      redis.call('HINCRBY', key, bucket, -given)
      total = redis.call('HINCRBY', key, 'total', -given)
    end
  end
  answer[#answer + 1] = total
  answer[#answer + 1] = reset(key, bucketMs, count, total)
end
return answer
`;

/** KEYS: sets of leases. ARGV: ms that they hold from now, then a lease for each. */
export const RENEW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for n, key in ipairs(KEYS) do
  redis.call('ZADD', key, now + ARGV[1], ARGV[n + 1])
  redis.call('PEXPIRE', key, ARGV[1])
end
return redis.status_reply('OK')
`;
