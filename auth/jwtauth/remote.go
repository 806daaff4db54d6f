package jwtauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-modern-rest/rest/auth"
)

// Remote has the public keys of another issuer, which publishes them as a JSON Web Key Set (RFC
// 7517 §5). Make one with [NewRemote], and set [Config].Remote to it. It is safe for
// concurrent use. It has no goroutine of its own: the request that needs keys fetches them.
type Remote struct {
	cfg  RemoteConfig
	name string // the URL without a password, for logs
	err  error

	fetching chan struct{} // a semaphore: one request fetches
	mu       sync.Mutex
	ring     *keyring // nil: never fetched
	fetched  time.Time
	tried    time.Time
	failed   bool // the last fetch failed
}

// RemoteConfig holds the settings of a [Remote]. URL must be set.
type RemoteConfig struct {
	// URL of the set, "https://id.example.com/.well-known/jwks.json".
	URL string
	// MaxAge is how long keys are used before they are fetched again. A key that the issuer
	// has removed is accepted until then. A minute or more; zero means an hour.
	MaxAge time.Duration
	// MaxStale is how long after a fetch keys are used if the issuer cannot be reached. After
	// that, the reply to a token is a 503. It is MaxAge or more. Zero means a day, or MaxAge if
	// that is longer; negative means MaxAge.
	MaxStale time.Duration
	// Algorithms are the accepted ones. A key of the set is used for the algorithm in its alg,
	// and a key without alg for all Algorithms that fit it. Empty accepts the algorithm of
	// each alg, and RS256, EdDSA or that of the curve for a key without alg.
	Algorithms []Algorithm
	// Client fetches the set. Defaults to one with a time-out of 5 seconds that follows no
	// redirects.
	Client *http.Client
	// InsecureHTTP accepts a URL that is not https: anyone on the network path could then
	// make tokens. For development.
	InsecureHTTP bool
	// Logger gets failures to fetch the set. Defaults to slog.Default.
	Logger *slog.Logger
	// Now is the clock. Defaults to time.Now.
	Now func() time.Time
}

const (
	// refetchAfter is the least time between two fetches for an unknown kid: tokens with
	// invented kids cost the issuer one request a minute.
	refetchAfter = time.Minute
	// retryAfter is the least time between two fetches while there are no keys.
	retryAfter = 5 * time.Second
	// fetchTimeout is the longest time for a fetch, whatever the client allows.
	fetchTimeout = 10 * time.Second
	// maxSet is the size of the largest set in bytes.
	maxSet = 1 << 20
)

// NewRemote makes a Remote. rest.New reports mistakes in the configuration.
func NewRemote(cfg RemoteConfig) *Remote {
	cfg.MaxAge = cmp.Or(cfg.MaxAge, time.Hour)
	switch {
	case cfg.MaxStale == 0:
		cfg.MaxStale = max(24*time.Hour, cfg.MaxAge)
	case cfg.MaxStale < 0:
		cfg.MaxStale = cfg.MaxAge
	}
	cfg.Logger = cmp.Or(cfg.Logger, slog.Default())
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 5 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}}
	}
	cfg.Algorithms = slices.Clone(cfg.Algorithms)
	r := &Remote{cfg: cfg, fetching: make(chan struct{}, 1)}
	u, err := url.Parse(cfg.URL)
	if err == nil {
		r.name = u.Redacted()
	}
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		r.err = fmt.Errorf("jwtauth: RemoteConfig.URL %q is not an address like https://id.example.com/jwks.json", cfg.URL)
	case u.Scheme == "http" && !cfg.InsecureHTTP:
		r.err = fmt.Errorf("jwtauth: RemoteConfig.URL %q is not https, so anyone on the network path could make tokens; InsecureHTTP allows it in development", cfg.URL)
	case cfg.MaxAge < refetchAfter:
		r.err = fmt.Errorf("jwtauth: RemoteConfig.MaxAge is %v, want a minute or more", cfg.MaxAge)
	case cfg.MaxStale < cfg.MaxAge:
		r.err = fmt.Errorf("jwtauth: RemoteConfig.MaxStale is %v, less than MaxAge, %v", cfg.MaxStale, cfg.MaxAge)
	default:
		r.err = checkAlgorithms(cfg.Algorithms)
	}
	return r
}

// checkAlgorithms returns an error for an algorithm without public keys.
func checkAlgorithms(list []Algorithm) error {
	for _, a := range list {
		if s, ok := specOf(a); !ok || s.family == 'H' {
			return fmt.Errorf("jwtauth: RemoteConfig.Algorithms has %q, which is not an algorithm of public keys", a)
		}
	}
	return nil
}

// verify checks the form and signature of a token. The error is [auth.ErrUnavailable] if the
// present keys could not be fetched. They are not fetched for a token that names another
// issuer.
func (r *Remote) verify(ctx context.Context, token string, issuers []string) (read signedToken, refusal *auth.Error, err error) {
	ring, due := r.known()
	if ring != nil {
		read, refusal = ring.verify(token)
		if !due && refusal != errAlgorithm {
			return read, refusal, nil // the usual case: nothing has to be fetched
		}
	}
	if !saysIssuer(token, issuers) {
		return signedToken{}, cmp.Or(refusal, errIssuer), nil
	}
	if ring, err = r.keys(ctx); err != nil {
		return signedToken{}, nil, err
	}
	read, refusal = ring.verify(token)
	if refusal != errAlgorithm {
		return read, refusal, nil
	}
	newer, err := r.refresh(ctx, ring, refetchAfter)
	if err != nil || newer == ring {
		return signedToken{}, errAlgorithm, err
	}
	read, refusal = newer.verify(token)
	return read, refusal, nil
}

// known returns the keys that may be used, nil for none, and whether it is time to fetch them
// again.
func (r *Remote) known() (ring *keyring, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.cfg.Now()
	age := now.Sub(r.fetched)
	if r.ring != nil && age >= r.cfg.MaxStale {
		r.ring = nil
	}
	return r.ring, age >= r.cfg.MaxAge && now.Sub(r.tried) >= refetchAfter
}

// saysIssuer reports whether a token, whose signature was not checked, names one of these
// issuers.
func saysIssuer(token string, issuers []string) bool {
	if len(token) > maxToken {
		return false
	}
	_, rest, _ := strings.Cut(token, ".")
	segment, _, _ := strings.Cut(rest, ".")
	payload, err := base64url.DecodeString(segment)
	var claims object
	if err != nil || !claims.parse(string(payload)) {
		return false
	}
	raw, _ := claims.get("iss")
	name, ok := unquote(raw)
	return ok && slices.Contains(issuers, name)
}

// keys returns the keys to use now. If they are too old, one request fetches them, while others
// use the old ones.
func (r *Remote) keys(ctx context.Context) (*keyring, error) {
	ring, due := r.known()
	if ring == nil {
		return r.refresh(ctx, nil, retryAfter)
	}
	if due {
		select {
		case r.fetching <- struct{}{}:
			defer func() { <-r.fetching }()
			if newer, err := r.load(ctx); err == nil {
				return newer, nil
			}
		default: // another request fetches them
		}
	}
	return ring, nil
}

// refresh returns newer keys than old if it can. It waits for a request that fetches them, or
// fetches them itself unless that was tried within pause.
func (r *Remote) refresh(ctx context.Context, old *keyring, pause time.Duration) (*keyring, error) {
	select {
	case r.fetching <- struct{}{}:
		defer func() { <-r.fetching }()
	case <-ctx.Done():
		return nil, auth.Unavailable(ctx.Err())
	}
	r.mu.Lock()
	ring, recent, failed := r.ring, r.cfg.Now().Sub(r.tried) < pause, r.failed
	r.mu.Unlock()
	switch {
	case ring != old:
		return ring, nil
	case !recent:
		return r.load(ctx)
	case failed: // the kid may be new, or invented
		return nil, auth.Unavailable(errNotFetched)
	}
	return ring, nil
}

var errNotFetched = errors.New("jwtauth: the issuer's keys could not be fetched a moment ago")

// load fetches the keys. The caller holds fetching.
func (r *Remote) load(ctx context.Context) (*keyring, error) {
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout) // other requests wait for it
	defer cancel()
	keys, err := r.get(detached)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried, r.failed = r.cfg.Now(), err != nil
	if err != nil {
		r.cfg.Logger.ErrorContext(ctx, "jwtauth: the keys of an issuer were not fetched", "url", r.name, "age", r.age(), "err", err)
		return nil, auth.Unavailable(err)
	}
	r.ring, r.fetched = newKeyring(keys), r.tried
	return r.ring, nil
}

// age returns the age of the keys that are used instead, for the log.
func (r *Remote) age() string {
	if r.ring == nil {
		return "none"
	}
	return r.tried.Sub(r.fetched).String()
}

func (r *Remote) get(ctx context.Context) ([]*key, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.cfg.URL, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	reply, err := r.cfg.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("jwtauth: %s answered %s", r.name, reply.Status)
	}
	text, err := io.ReadAll(io.LimitReader(reply.Body, maxSet+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSet {
		return nil, fmt.Errorf("jwtauth: %s sent more than %d bytes", r.name, maxSet)
	}
	return parseSet(text, r.cfg.Algorithms)
}
