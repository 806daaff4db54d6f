// Package throttle limits the rate of requests by address, by user, or by anything else of a
// request. A limit is checked before or after authentication:
//
//	perAddress := throttle.New(throttle.Limit{Requests: 100, Window: time.Minute})
//	rest.Op{LimitsBeforeAuth: []rest.Limiter{perAddress}}
//
// A [Limiter] that several operations have counts their requests together. Two limiters only
// share a count if they have the same Store and the same Name.
//
// A request beyond a limit is answered with a 429 that has Retry-After and headers with the
// limit. Other replies do not have these headers.
package throttle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/loglimit"
)

// Limit describes a [Limiter]. Requests and Window must be set.
type Limit struct {
	// Requests that are allowed in a Window, which is a second to a year.
	Requests int
	Window   time.Duration
	// Smooth spreads the requests over the window (GCRA): all of them may come at once, and
	// then one every Window/Requests. Without it a window begins with its first request, and
	// the count begins again when the window is over.
	Smooth bool
	// Key decides which requests are counted together. The zero Key is [Address].
	Key Key
	// Name is the name of the limit in RateLimit headers. It also separates the counts of
	// limits that share a Store. Defaults to "default".
	Name string
	// IETF sends RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers)
	// instead of X-RateLimit-Limit, -Remaining and -Reset.
	IETF bool
	// Store stores the counts. nil: the limit has a [Memory] of its own.
	Store Store
	// WhenDown decides about requests that the Store cannot count. The zero value is
	// [RefuseLogins].
	WhenDown Outage
	// Logger gets a line when the Store cannot be asked, once a minute. Defaults to
	// slog.Default.
	Logger *slog.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Outage decides about requests while the store of a limit is down.
type Outage int

// What a limit does while its store is down.
const (
	// RefuseLogins answers 503 where a limit protects passwords: in the routers of package
	// account, and in handlers that call [Limiter.Count]. Other requests pass, because the
	// API would be down otherwise.
	RefuseLogins Outage = iota
	// RefuseAll answers 503.
	RefuseAll
	// PassAll lets requests pass. Passwords can be guessed without a limit meanwhile.
	PassAll
)

// Store counts requests. It is safe for concurrent use.
type Store interface {
	// Take counts a request under a key if it is allowed, and returns whether it is.
	Take(ctx context.Context, key string, rate Rate, now time.Time) (Result, error)
	// Refund takes back one request that Take counted under the key. If the count is zero,
	// it remains zero.
	Refund(ctx context.Context, key string, rate Rate, now time.Time) error
}

// Rate is how many requests are allowed.
type Rate struct {
	Requests int
	Window   time.Duration
	Smooth   bool
}

// Result of counting a request.
type Result struct {
	Allowed bool
	// Remaining requests that would be allowed now.
	Remaining int
	// Retry is how long to wait for the next one; zero where Allowed.
	Retry time.Duration
	// Reset is when all requests are allowed again.
	Reset time.Duration
}

// Limiter is a limit. It implements rest.Limiter, and is safe for concurrent use.
type Limiter struct {
	limit  Limit
	rate   Rate
	policy string
	logins bool // see ForLogins
	outage *outage
	err    error
}

// New makes a limiter. rest.New reports mistakes in the limit.
func New(limit Limit) *Limiter {
	if limit.Key.of == nil && limit.Key.err == nil {
		limit.Key = Address()
	}
	limit.Name = cmp.Or(limit.Name, "default")
	if limit.Store == nil {
		limit.Store = NewMemory()
	}
	if limit.Now == nil {
		limit.Now = time.Now
	}
	l := &Limiter{limit: limit, rate: Rate{limit.Requests, limit.Window, limit.Smooth}, outage: new(outage)}
	l.err = auth.Misconfigured(limit.check())
	l.policy = fmt.Sprintf(`%d;w=%d;name=%q`, limit.Requests, int(limit.Window.Seconds()), limit.Name)
	return l
}

func (limit Limit) check() error {
	const longest = 366 * 24 * time.Hour
	switch {
	case limit.Key.err != nil:
		return limit.Key.err
	case limit.Requests < 1 || limit.Window < time.Second:
		return errors.New("throttle: Requests must be 1 or more, Window a second or more")
	case limit.Window > longest:
		return errors.New("throttle: Window is longer than a year")
	case limit.Window/time.Duration(limit.Requests) < 1:
		return errors.New("throttle: Requests is larger than the number of nanoseconds of Window")
	case limit.WhenDown < RefuseLogins || limit.WhenDown > PassAll:
		return fmt.Errorf("throttle: WhenDown is %d; it must be RefuseLogins, RefuseAll or PassAll", limit.WhenDown)
	case auth.IsNil(limit.Store):
		return errors.New("throttle: Store holds a nil pointer; leave the field out for a memory of the limit's own")
	}
	return auth.Validate(limit.Store)
}

// Take implements rest.Limiter. It refuses with 429.
func (l *Limiter) Take(r *http.Request, id auth.Identity) error {
	if l.err != nil {
		return l.err
	}
	key, limited, err := l.limit.Key.of(r, id)
	if err != nil || !limited {
		return err
	}
	return l.count(r.Context(), key, l.logins)
}

// ForLogins returns a limiter that counts together with l and protects passwords, see
// [RefuseLogins].
func (l *Limiter) ForLogins() *Limiter {
	copied := *l
	copied.logins = true
	return &copied
}

// errTooMany is for logs and events.
const errTooMany = auth.Reason("throttle: too many requests")

// Count counts a request under a key that only the handler knows, such as the user name of a
// login. It refuses with the 429 of Take, which [Limiter.InHandler] declares. While the store is
// down it protects passwords, see [RefuseLogins].
func (l *Limiter) Count(ctx context.Context, key string) error { return l.count(ctx, key, true) }

func (l *Limiter) count(ctx context.Context, key string, login bool) error {
	if l.err != nil {
		return l.err
	}
	result, err := l.outage.take(ctx, func() (Result, error) {
		return l.limit.Store.Take(ctx, l.storeKey(key), l.rate, l.limit.Now())
	})
	switch {
	case err == nil:
	case ctx.Err() != nil || l.refuses(login):
		return auth.Unavailable(err)
	default:
		if more, ok := l.outage.logged.Allow(); ok {
			cmp.Or(l.limit.Logger, slog.Default()).ErrorContext(ctx, "throttle: requests pass uncounted because the store is down; this is logged once a minute",
				append([]any{"limit", l.limit.Name, "err", err}, more...)...)
		}
		return nil
	}
	if result.Allowed {
		return nil
	}
	return &auth.Error{Status: http.StatusTooManyRequests, Header: l.header(result), Err: errTooMany}
}

// outage keeps requests from waiting for a store that does not answer: while it is down, one
// request at a time asks it.
type outage struct {
	down, asking atomic.Bool
	logged       loglimit.Limit // lines
}

var errDown = errors.New("throttle: the store failed a moment ago")

func (o *outage) take(ctx context.Context, ask func() (Result, error)) (Result, error) {
	if o.down.Load() {
		if !o.asking.CompareAndSwap(false, true) {
			return Result{}, errDown
		}
		defer o.asking.Store(false)
	}
	result, err := ask()
	if err == nil || ctx.Err() == nil { // otherwise the request ended, and the store may be well
		o.down.Store(err != nil)
	}
	return result, err
}

// refuses reports whether a request that cannot be counted is refused.
func (l *Limiter) refuses(login bool) bool {
	return l.limit.WhenDown == RefuseAll || login && l.limit.WhenDown == RefuseLogins
}

// Refund takes back one request that [Limiter.Count] counted under the key, such as a login
// whose password was right. It works even if the client has left.
func (l *Limiter) Refund(ctx context.Context, key string) error {
	if l.err != nil {
		return l.err
	}
	return auth.Unavailable(l.limit.Store.Refund(context.WithoutCancel(ctx), l.storeKey(key), l.rate, l.limit.Now()))
}

// maxKey is the length of the longest key in bytes that a store gets. Longer ones, which a
// client may have invented, are hashed.
const maxKey = 64

// storeKey is the key under which the store counts.
func (l *Limiter) storeKey(key string) string {
	if len(key) > maxKey {
		digest := sha256.Sum256([]byte(key))
		key = string(digest[:])
	}
	return l.limit.Name + "\x00" + key
}

// InHandler returns a limiter for the limits of an operation whose handler calls
// [Limiter.Count] itself.
func (l *Limiter) InHandler() InHandler { return InHandler{l} }

// InHandler declares the 429 of a limit that a handler counts, and counts nothing itself.
// It implements rest.Limiter. Make one with [Limiter.InHandler].
type InHandler struct{ limiter *Limiter }

// Take lets every request pass.
func (InHandler) Take(*http.Request, auth.Identity) error { return nil }

// Declare describes the 429 of [Limiter.Count].
func (h InHandler) Declare([]reflect.Type) ([]auth.Refusal, error) { return h.limiter.Refusals() }

func (l *Limiter) header(result Result) http.Header {
	seconds := func(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
	if l.limit.IETF {
		return http.Header{
			"Ratelimit":        {fmt.Sprintf(`%q;r=%d;t=%s`, l.limit.Name, result.Remaining, seconds(result.Reset))},
			"Ratelimit-Policy": {l.policy},
			"Retry-After":      {seconds(result.Retry)},
		}
	}
	return http.Header{
		"X-Ratelimit-Limit":     {strconv.Itoa(l.limit.Requests)},
		"X-Ratelimit-Remaining": {strconv.Itoa(result.Remaining)},
		"X-Ratelimit-Reset":     {seconds(result.Reset)},
		"Retry-After":           {seconds(result.Retry)},
	}
}

// Declare implements rest.Limiter. It is a mistake if the key can never count a request.
func (l *Limiter) Declare(principals []reflect.Type) ([]auth.Refusal, error) {
	refusals, err := l.Refusals()
	if err == nil && l.limit.Key.fits != nil {
		err = l.limit.Key.fits(principals)
	}
	return refusals, err
}

// Refusals describes the 429 of [Limiter.Take] and [Limiter.Count], for the document, and the
// 503 of Take if there is one. The error is the mistake in the limit.
func (l *Limiter) Refusals() ([]auth.Refusal, error) {
	if l.err != nil {
		return nil, l.err
	}
	refusals := []auth.Refusal{{Status: http.StatusTooManyRequests, Description: "Raised when requests come too often", Headers: l.headers()}}
	if l.limit.WhenDown == RefuseAll {
		refusals = append(refusals, auth.Refusal{Status: http.StatusServiceUnavailable, Description: "Raised when requests cannot be counted now"})
	}
	return refusals, nil
}

func (l *Limiter) headers() []string {
	if l.limit.IETF {
		return []string{"RateLimit", "RateLimit-Policy", "Retry-After"}
	}
	return []string{"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
}
