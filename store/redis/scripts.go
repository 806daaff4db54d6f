package redis

import "github.com/redis/rueidis"

// Each script runs in one step. Keys that a script makes of its arguments are in the same database,
// and in a cluster in the same slot, see hashTag.

// member has what all tables with a set for each user need. The score of a member is when its row
// is removed, so the set is removed with the last one.
const member = `
local function join(set, member, at)
  local now = redis.call('TIME')
  redis.call('ZREMRANGEBYSCORE', set, '-inf', '(' .. now[1] .. '000')
  redis.call('ZADD', set, at, member)
  local last = redis.call('ZRANGE', set, -1, -1, 'WITHSCORES')
  redis.call('PEXPIREAT', set, last[2])
end
`

// owner reads the UserID of a session, see encodeSession, and where Data begins.
const owner = `
local function owner(row)
  local length, at = string.match(row, '^%-?%d+ %-?%d+ %-?%d+ (%d+) ()')
  return string.sub(row, at, at + length - 1), at + length
end
local function put(name, row, old, sets, key, user, at)
  if old then
    local before = owner(old)
    if before ~= user then redis.call('ZREM', sets .. before, key) end
  end
  redis.call('SET', name, row, 'PXAT', at)
  if user ~= '' then join(sets .. user, key, at) end
end
`

var (
	createSession = rueidis.NewLuaScript(member + owner + `
local sets, key, user, at, row = unpack(ARGV)
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
put(KEYS[1], row, nil, sets, key, user, at)
return 1`)

	updateSession = rueidis.NewLuaScript(member + owner + `
local sets, key, user, at, row = unpack(ARGV)
local old = redis.call('GET', KEYS[1])
if not old then return 0 end
put(KEYS[1], row, old, sets, key, user, at)
return 1`)

	replaceSession = rueidis.NewLuaScript(member + owner + `
local sets, key, user, at, row, oldkey = unpack(ARGV)
local old = redis.call('GET', KEYS[2])
if not old then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
put(KEYS[1], row, nil, sets, key, user, at)
redis.call('DEL', KEYS[2])
redis.call('ZREM', sets .. owner(old), oldkey)
return 1`)

	deleteSession = rueidis.NewLuaScript(owner + `
local old = redis.call('GET', KEYS[1])
if old then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', ARGV[1] .. owner(old), ARGV[2])
end
return 1`)

	touchSessions = rueidis.NewLuaScript(member + owner + `
for i, name in ipairs(KEYS) do
  local key, user, at, seen, row = unpack(ARGV, 5 * i - 3, 5 * i + 1)
  local old = redis.call('GET', name)
  if old and tonumber(string.match(old, '^%-?%d+ (%-?%d+)')) < tonumber(seen) then
    local _, data = owner(old)
    put(name, row .. string.sub(old, data), old, ARGV[1], key, user, at)
  end
end
return 1`)

	// sessionsOfUser returns the keys and rows of a set of sessions, and removes the members
	// whose rows are gone.
	sessionsOfUser = rueidis.NewLuaScript(`
local found = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local row = redis.call('GET', ARGV[1] .. key)
  if row then
    found[#found + 1] = key
    found[#found + 1] = row
  else
    redis.call('ZREM', KEYS[1], key)
  end
end
return found`)

	// endOfUser removes the rows of a set, except one, and returns the members that had one.
	endOfUser = rueidis.NewLuaScript(`
local ended = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if key ~= ARGV[2] or ARGV[2] == '' then
    if redis.call('DEL', ARGV[1] .. key) == 1 then ended[#ended + 1] = key end
    redis.call('ZREM', KEYS[1], key)
  end
end
return ended`)
)

var (
	createFamily = rueidis.NewLuaScript(member + `
local sets, id, at, user = unpack(ARGV)
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
redis.call('HSET', KEYS[1], 'user', user, unpack(ARGV, 5))
redis.call('PEXPIREAT', KEYS[1], at)
join(sets .. user, id, at)
return 1`)

	rotateFamily = rueidis.NewLuaScript(member + `
local sets, id, at, previous, current, bound, rotated, expires = unpack(ARGV)
local old = redis.call('HMGET', KEYS[1], 'current', 'bound', 'user')
if old[1] ~= previous or (old[2] ~= bound and old[2] ~= '') then return 0 end
redis.call('HSET', KEYS[1], 'current', current, 'previous', previous, 'bound', bound, 'rotated', rotated, 'expires', expires)
redis.call('PEXPIREAT', KEYS[1], at)
join(sets .. old[3], id, at)
return 1`)

	rebindFamilies = rueidis.NewLuaScript(`
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local name = ARGV[1] .. id
  if redis.call('HGET', name, 'bound') == ARGV[2] then redis.call('HSET', name, 'bound', ARGV[3]) end
end
return 1`)

	// familiesOfUser returns the ids and fields of a set of families.
	familiesOfUser = rueidis.NewLuaScript(`
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local row = redis.call('HMGET', ARGV[1] .. id, unpack(ARGV, 2))
  if row[1] then
    found[#found + 1] = id
    for i = 1, #row do found[#found + 1] = row[i] end
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found`)

	endFamily = rueidis.NewLuaScript(`
if redis.call('HGET', KEYS[1], 'user') ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', ARGV[1] .. ARGV[2], ARGV[3])
return 1`)
)
