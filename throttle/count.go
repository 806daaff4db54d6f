package throttle

import "time"

// Count is what a [Store] keeps for a key. [Rate.Take] and [Rate.Refund] return it. The zero
// value is the count of a key without requests.
type Count struct {
	// Until is when the store may forget the key: the end of its window, or with
	// [Rate].Smooth the time at which all requests are allowed again.
	Until time.Time
	// Used is how many requests of the rate were used when the last one was counted.
	Used int
}

// Take decides whether a request is allowed, and returns the count after it, which is c for a
// refused one. A count whose Until is more than two windows away is from before the clock was
// set back, and is ignored.
func (r Rate) Take(c Count, now time.Time) (Result, Count) {
	if left := c.Until.Sub(now); left <= 0 || left > 2*r.Window {
		c = Count{}
	}
	if r.Smooth {
		return r.takeSmooth(c, now)
	}
	until := c.Until
	if until.IsZero() {
		until = now.Add(r.Window)
	}
	reset := until.Sub(now)
	if c.Used >= r.Requests {
		return Result{Retry: reset, Reset: reset}, c
	}
	used := c.Used + 1
	return Result{Allowed: true, Remaining: r.Requests - used, Reset: reset}, Count{Until: until, Used: used}
}

// takeSmooth is GCRA; Until is the theoretical arrival time of the next request.
func (r Rate) takeSmooth(c Count, now time.Time) (Result, Count) {
	interval := r.interval()
	arrival := c.Until
	if arrival.Before(now) {
		arrival = now
	}
	next := arrival.Add(interval)
	if early := next.Sub(now) - r.Window; early > 0 {
		return Result{Retry: early, Reset: arrival.Sub(now)}, c
	}
	left := int((r.Window - next.Sub(now)) / interval)
	return Result{Allowed: true, Remaining: left, Reset: next.Sub(now)}, Count{Until: next, Used: r.Requests - left}
}

// Refund returns c with one request less.
func (r Rate) Refund(c Count) Count {
	if r.Smooth && c.Used > 0 {
		c.Until = c.Until.Add(-r.interval())
	}
	c.Used = max(0, c.Used-1)
	return c
}

func (r Rate) interval() time.Duration { return r.Window / time.Duration(r.Requests) }
