package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/go-modern-rest/rest/throttle"
)

// Throttle counts the requests of limits. All processes share the counts. It implements
// [throttle.Store]. A count is a string under the prefix and "throttle:" and its key: Until in
// nanoseconds since 1970, a space, and Used.
type Throttle DB

func (t *Throttle) name(key string) string { return t.cfg.Prefix + "throttle:" + key }

// Take counts a request under a key if it is allowed, and returns whether it is.
func (t *Throttle) Take(ctx context.Context, key string, rate throttle.Rate, now time.Time) (throttle.Result, error) {
	result, err := (*DB)(t).run(ctx, "throttle", take, []string{t.name(key)},
		nanoseconds(now), nanoseconds(now.Add(rate.Window)), nanoseconds(now.Add(2*rate.Window)),
		strconv.Itoa(rate.Requests), interval(rate), strconv.FormatInt((rate.Window+time.Second).Milliseconds(), 10))
	value, _, err := text(result, err, "throttle")
	if err != nil {
		return throttle.Result{}, err
	}
	count, err := decodeCount(value)
	if err != nil {
		return throttle.Result{}, err
	}
	taken, _ := rate.Take(count, now) // the script has stored the second result
	return taken, nil
}

// Refund takes back one request that Take counted under the key. If the count is zero, it remains
// zero.
func (t *Throttle) Refund(ctx context.Context, key string, rate throttle.Rate, now time.Time) error {
	_, err := (*DB)(t).run(ctx, "throttle", refund, []string{t.name(key)}, nanoseconds(now), interval(rate))
	return err
}

// interval returns the nanoseconds from one request to the next; empty if the rate is not smooth.
func interval(rate throttle.Rate) string {
	if !rate.Smooth {
		return ""
	}
	return nanoseconds(time.Unix(0, int64(rate.Window)/int64(rate.Requests)))
}

// nanoseconds returns a time as the scripts need it: as 19 digits.
func nanoseconds(t time.Time) string { return fmt.Sprintf("%019d", max(0, t.UnixNano())) }

var errCount = errors.New("redis: throttle: the value was not written by this package")

// decodeCount decodes the value of a count, which is empty if there is none.
func decodeCount(value string) (throttle.Count, error) {
	if value == "" {
		return throttle.Count{}, nil
	}
	digits, used, _ := strings.Cut(value, " ")
	until, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return throttle.Count{}, errCount
	}
	n, err := strconv.Atoi(used)
	if err != nil {
		return throttle.Count{}, errCount
	}
	return throttle.Count{Until: time.Unix(0, until), Used: n}, nil
}

// clock has the arithmetic of nanoseconds, which numbers of Lua do not hold exactly. Times are texts
// of 19 digits: they are compared as texts, and added as seconds and nanoseconds.
const clock = `
local function add(a, b, sign)
  local s = tonumber(string.sub(a, 1, 10)) + sign * tonumber(string.sub(b, 1, 10))
  local n = tonumber(string.sub(a, 11)) + sign * tonumber(string.sub(b, 11))
  if n >= 1000000000 then s, n = s + 1, n - 1000000000 end
  if n < 0 then s, n = s - 1, n + 1000000000 end
  return string.format('%010d%09d', s, n), s * 1000000000 + n
end
local function count(value)
  return string.match(value or '', '^(%d+) (%d+)$')
end
`

// take stores what [throttle.Rate.Take] computes, and returns the value before that. The division
// is exact for windows of up to 104 days; above that, Used may be wrong by one.
var take = rueidis.NewLuaScript(clock + `
local now, window, windows, requests, interval, keep = unpack(ARGV)
local before = redis.call('GET', KEYS[1])
local til, used = count(before)
if not til or til <= now or til > windows then til, used = nil, 0 end
requests, used = tonumber(requests), tonumber(used)
if interval ~= '' then
  til = add(til or now, interval, 1)
  if til > window then return before or '' end
  local _, left = add(window, til, -1)
  local _, each = add(interval, '0000000000000000000', 1)
  used = requests - math.floor(left / each)
elseif used < requests then
  til, used = til or window, used + 1
else
  return before or ''
end
redis.call('SET', KEYS[1], til .. ' ' .. string.format('%d', used), 'PX', keep)
return before or ''`)

// refund stores what [throttle.Rate.Refund] computes.
var refund = rueidis.NewLuaScript(clock + `
local now, interval = unpack(ARGV)
local til, used = count(redis.call('GET', KEYS[1]))
if not til or til <= now or tonumber(used) == 0 then return 0 end
if interval ~= '' then til = add(til, interval, -1) end
redis.call('SET', KEYS[1], til .. ' ' .. string.format('%d', tonumber(used) - 1), 'KEEPTTL')
return 1`)
