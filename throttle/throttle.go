// Package throttle limits how often an endpoint is asked: by address, by user, or
// by anything else of a request. A limit stands before or after authentication:
//
//	perAddress := throttle.New(throttle.Limit{Requests: 100, Window: time.Minute})
//	rest.Op{Before: []rest.Limiter{perAddress}}
//
// A limit counts for itself: used in several operations it is one budget for all
// of them, and two limits never share one.
package throttle

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// Limit describes a [Limiter]. Requests and Window must be set.
type Limit struct {
	// Requests that are allowed in a Window.
	Requests int
	Window   time.Duration
	// Smooth spreads the requests over the window (GCRA): all of them may come at
	// once, and then one each Window/Requests. Without it a window begins with its
	// first request and is counted anew when it is over.
	Smooth bool
	// Key says whose requests are counted together. Defaults to Address.
	Key Key
	// Name of the limit in RateLimit headers, and what keeps its counts apart in a
	// Store that several limits share. Defaults to "default".
	Name string
	// IETF sends RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers)
	// instead of X-RateLimit-Limit, -Remaining and -Reset.
	IETF bool
	// Store counts. nil: a memory of this limit's own.
	Store Store
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

// Key names whose request it is. It reports false for requests that are not
// limited. Before authentication the identity is empty.
type Key func(r *http.Request, id auth.Identity) (string, bool)

// Address counts by the client's address, see rest.Settings.TrustedProxies; a /64 of
// IPv6 is one client, as one has it all.
func Address(r *http.Request, _ auth.Identity) (string, bool) {
	addr := rest.ClientAddr(r).Unmap()
	if !addr.IsValid() {
		return "", true
	}
	if addr.Is6() {
		if prefix, err := addr.WithZone("").Prefix(64); err == nil {
			return prefix.Masked().String(), true
		}
	}
	return addr.String(), true
}

// User counts by the account that was let in, after authentication; see
// auth.Identity.UserID. Requests without one are not limited.
func User(_ *http.Request, id auth.Identity) (string, bool) { return id.UserID, id.UserID != "" }

// Header counts by the value of a header: a token, say, after authentication. Requests
// without it are not limited. The store gets a hash.
func Header(name string) Key {
	name = http.CanonicalHeaderKey(name)
	return func(r *http.Request, _ auth.Identity) (string, bool) {
		values := r.Header[name]
		if len(values) == 0 {
			return "", false
		}
		digest := sha256.Sum256([]byte(strings.Join(values, ",")))
		return string(digest[:]), true
	}
}

// By counts by a principal of type P, after authentication. Requests of other
// principals are not limited.
func By[P any](name func(P) (string, bool)) Key {
	return func(_ *http.Request, id auth.Identity) (string, bool) {
		principal, ok := id.Principal.(P)
		if !ok {
			return "", false
		}
		return name(principal)
	}
}

// Store counts requests.
type Store interface {
	// Take counts a request under a key, if it is allowed, and says so.
	Take(ctx context.Context, key string, rate Rate, now time.Time) (Result, error)
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

// Limiter is a limit; it implements [rest.Limiter]. It is safe for concurrent use.
type Limiter struct {
	limit  Limit
	rate   Rate
	policy string
	err    error
}

var _ rest.Limiter = (*Limiter)(nil)

// New makes a limiter. A mistake surfaces when an API is built.
func New(limit Limit) *Limiter {
	if limit.Key == nil {
		limit.Key = Address
	}
	if limit.Name == "" {
		limit.Name = "default"
	}
	if limit.Store == nil {
		limit.Store = NewMemory()
	}
	if limit.Now == nil {
		limit.Now = time.Now
	}
	l := &Limiter{limit: limit, rate: Rate{limit.Requests, limit.Window, limit.Smooth}}
	if limit.Requests < 1 || limit.Window < time.Second {
		l.err = auth.Misconfigured(errors.New("throttle: Requests must be 1 or more, Window a second or more"))
	}
	l.policy = fmt.Sprintf(`%d;w=%d;name=%q`, limit.Requests, int(limit.Window.Seconds()), limit.Name)
	return l
}

// Take implements [rest.Limiter]. It refuses with 429.
func (l *Limiter) Take(r *http.Request, id auth.Identity) error {
	if l.err != nil {
		return l.err
	}
	key, limited := l.limit.Key(r, id)
	if !limited {
		return nil
	}
	return l.Count(r.Context(), key)
}

// errTooMany is for logs and events.
const errTooMany = auth.Reason("throttle: too many requests")

// Count counts under a key that is not in the header of a request, for a handler that
// knows it: the name that somebody tries to log in with. It refuses with the 429 of
// Take, which the operation declares in Op.Errors, see [Limiter.Refusal].
func (l *Limiter) Count(ctx context.Context, key string) error {
	if l.err != nil {
		return l.err
	}
	if len(key) > maxKey {
		digest := sha256.Sum256([]byte(key))
		key = string(digest[:])
	}
	result, err := l.limit.Store.Take(ctx, l.limit.Name+"\x00"+key, l.rate, l.limit.Now())
	if err != nil {
		return auth.Unavailable(err)
	}
	if result.Allowed {
		return nil
	}
	return &auth.Error{Status: http.StatusTooManyRequests, Header: l.header(result), Err: errTooMany}
}

// maxKey is the longest key in bytes that a store gets; longer ones, which a client
// may have made up, are hashed.
const maxKey = 64

// Refusal describes the answer of [Limiter.Count], for Op.Errors.
func (l *Limiter) Refusal() error {
	header := http.Header{}
	for _, name := range l.headers() {
		header[name] = nil
	}
	return &auth.Error{Status: http.StatusTooManyRequests, Msg: docTooMany, Header: header}
}

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

// Declare implements [rest.Limiter].
func (l *Limiter) Declare() ([]auth.Refusal, error) {
	if l.err != nil {
		return nil, l.err
	}
	return []auth.Refusal{{Status: http.StatusTooManyRequests, Description: docTooMany, Headers: l.headers()}}, nil
}

const docTooMany = "Raised when requests come too often"

func (l *Limiter) headers() []string {
	if l.limit.IETF {
		return []string{"RateLimit", "RateLimit-Policy", "Retry-After"}
	}
	return []string{"Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"}
}
