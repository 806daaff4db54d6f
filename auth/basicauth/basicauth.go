// Package basicauth checks HTTP Basic credentials (RFC 7617).
//
//	metrics := basicauth.New(basicauth.Static(map[string]string{"prometheus": secret}), basicauth.Config{})
package basicauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/carrier"
	"github.com/go-modern-rest/rest/auth/internal/refusal"
	"github.com/go-modern-rest/rest/openapi"
)

// Config holds the settings of an [Auth]. The zero value is HTTP Basic as browsers and curl
// send it.
type Config struct {
	// Header says how the credential is sent. Its defaults are the SchemeName "http_basic",
	// the Name "Authorization", the Scheme "Basic" and the Realm "api". There is a challenge
	// only with this name and scheme.
	Header auth.Header

	// TrustedOrigins are the origins of other sites whose pages may send requests with an
	// unsafe method and the password that the browser remembers: "https://app.example". A
	// browser sends HTTP Basic by itself, as it does cookies, so requests from pages of all
	// other sites are refused with 403 before the password is checked. Clients that send
	// neither Origin nor Sec-Fetch-Site are not browsers, and are accepted. See
	// csrf.CrossOrigin.
	TrustedOrigins []string
	// InsecureCrossOrigin switches that check off: any page can then send requests as a user
	// who has given the password to the browser before.
	InsecureCrossOrigin bool

	// Limit counts attempts by user name, as a *throttle.Limiter does. An attempt is counted
	// before the password is checked, and is taken back if the password was right, so the
	// limit must be larger than the number of requests that one client sends at once. Set it to
	// the limiter in account.Config.Name to count attempts of both together. nil: attempts are
	// not limited; [NewAccounts] then needs InsecureUnlimited.
	Limit Limit
	// InsecureUnlimited lets [NewAccounts] work without Limit: attackers can guess passwords
	// at full speed.
	InsecureUnlimited bool
	// Accounts are the users that the function given to [NewAccounts] looks in. nil: unknown;
	// the ready routers and auth.AccountID then do not accept these credentials. If they are
	// an auth.Users, [Auth.Recheck] asks them.
	Accounts any
}

// Limit counts attempts. *throttle.Limiter implements it.
type Limit interface {
	// Count counts an attempt under a key. Its error is the refusal, an [*auth.Error].
	Count(ctx context.Context, key string) error
	// Refund takes back an attempt whose password was right.
	Refund(ctx context.Context, key string) error
	// Refusals describes the refusal of Count. Its error is a mistake in the configuration.
	Refusals() ([]auth.Refusal, error)
}

// Verify returns the user with a name and a password, both as they were sent. Its errors are
// those of an Authenticator: [auth.ErrSkip] tries the next alternative, an [*auth.Error]
// refuses, and any other error is a fault of the service.
type Verify[U any] func(ctx context.Context, username, password string) (U, error)

// Auth checks HTTP Basic credentials. U is the principal.
type Auth[U any] struct {
	verify   check[U]
	cfg      Config
	accounts any                // see auth.AccountsOf
	users    auth.Users[U]      // Config.Accounts, for Recheck; nil: none
	origins  auth.Authenticator // the check of cross-origin requests; nil: none
	limited  []auth.Refusal     // what Config.Limit answers
	refusals refusal.Set
	err      error
}

var _ auth.Authenticator = (*Auth[string])(nil)

// Refusals. All have the same reply; their reasons are for logs and events.
var (
	errEncoding = auth.Refuse("basic: the credential is not base64")
	errUTF8     = auth.Refuse("basic: the credential is not UTF-8")
	errColon    = auth.Refuse("basic: the credential has no colon")
	errStatic   = auth.Refuse("basic: wrong name or password")
)

// maxCredential is the length of the longest base64 text in bytes.
const maxCredential = 8 << 10

// check has the signature of Check of password.Checker.
type check[U any] = func(ctx context.Context, username, password string) (U, auth.Account, error)

// New returns an authenticator that calls verify. Its identities have no account. Attempts are
// only limited if Config.Limit is set, so fixed credentials should be long and random.
func New[U any](verify Verify[U], cfg Config) *Auth[U] {
	var ask check[U]
	if verify != nil {
		ask = func(ctx context.Context, username, password string) (user U, who auth.Account, err error) {
			user, err = verify(ctx, username, password)
			return user, who, err
		}
	}
	a := newAuth(ask, cfg)
	a.err = auth.Misconfigured(a.err)
	return a
}

// NewAccounts returns an authenticator for the accounts of a table. check is the method Check of
// a [password.Checker]. Each request costs a hash. Config.Limit must be set, because people
// choose passwords that can be guessed.
//
//	basicauth.NewAccounts(passwords.Check, basicauth.Config{
//		Accounts: db.Users(),
//		Limit:    throttle.New(throttle.Limit{Requests: 30, Window: time.Minute, Smooth: true}),
//	})
//
// [password.Checker]: https://pkg.go.dev/github.com/go-modern-rest/rest/password#Checker
func NewAccounts[U any](check func(ctx context.Context, username, password string) (U, auth.Account, error), cfg Config) *Auth[U] {
	a := newAuth(check, cfg)
	a.accounts = auth.AccountsOf(cfg.Accounts)
	a.users, _ = cfg.Accounts.(auth.Users[U])
	if cfg.Limit == nil && !cfg.InsecureUnlimited {
		a.err = errors.Join(a.err, errors.New("basicauth: NewAccounts: set Config.Limit to a throttle.Limiter, because passwords can be guessed; InsecureUnlimited allows to leave it out"))
	}
	a.err = auth.Misconfigured(a.err)
	return a
}

func newAuth[U any](verify check[U], cfg Config) *Auth[U] {
	header := carrier.HeaderConfig{Header: cfg.Header}.WithDefaults("http_basic", "Authorization", "Basic")
	cfg.Header = header.Header
	cfg.Header.Name = http.CanonicalHeaderKey(cfg.Header.Name)
	var errs []error
	if verify == nil {
		errs = append(errs, errors.New("basicauth: the verify function is nil"))
	}
	if err := header.Check(); err != nil {
		errs = append(errs, fmt.Errorf("basicauth: %w", err))
	}
	if cfg.InsecureUnlimited && cfg.Limit != nil {
		errs = append(errs, errors.New("basicauth: Limit and InsecureUnlimited contradict each other"))
	}
	a := &Auth[U]{verify: verify, cfg: cfg, refusals: refusal.NewSet(cfg.Header.SchemeName, "", errEncoding, errUTF8, errColon, errStatic)}
	errs = append(errs, a.checkOrigins(), a.describeLimit())
	a.err = errors.Join(errs...)
	return a
}

// checkOrigins makes the check of cross-origin requests, which is needed if browsers send this
// credential by themselves.
func (a *Auth[U]) checkOrigins() error {
	if !a.standard() || a.cfg.InsecureCrossOrigin {
		if len(a.cfg.TrustedOrigins) > 0 {
			return errors.New("basicauth: TrustedOrigins is set, but origins are not checked")
		}
		return nil
	}
	a.origins = csrf.CrossOrigin(csrf.CrossOriginConfig{TrustedOrigins: a.cfg.TrustedOrigins})
	_, err := a.origins.Declare(http.MethodPost)
	if located, ok := errors.AsType[*auth.ConfigError](err); ok {
		return located.Err // New adds the line of its own caller
	}
	return err
}

func (a *Auth[U]) describeLimit() (err error) {
	if a.cfg.Limit == nil {
		return nil
	}
	if auth.IsNil(a.cfg.Limit) {
		return errors.New("basicauth: Limit holds a nil pointer; leave the field out for none")
	}
	a.limited, err = a.cfg.Limit.Refusals()
	return err
}

// Authenticate implements [auth.Authenticator]. It skips a request without the header, or with
// another scheme. It refuses a credential that is malformed, and one that a browser sends with
// an unsafe method for a page of another site.
func (a *Auth[U]) Authenticate(r *http.Request) (auth.Identity, error) {
	if a.err != nil {
		return auth.Identity{}, a.err
	}
	encoded, ok := carrier.Scheme(carrier.HeaderValue(r, a.cfg.Header.Name), a.cfg.Header.Scheme)
	if !ok {
		return auth.Identity{}, auth.ErrSkip
	}
	if a.origins != nil {
		if _, err := a.origins.Authenticate(r); err != nil {
			return auth.Identity{}, a.refusals.Of(err)
		}
	}
	username, password, refusal := decode(encoded)
	if refusal != nil {
		return auth.Identity{}, a.refusals.Of(refusal)
	}
	principal, who, err := a.check(r.Context(), username, password)
	if err != nil {
		return auth.Identity{}, a.refusals.Of(err)
	}
	id := auth.Identity{Principal: principal, UserID: who.ID, Accounts: a.accounts, By: a}
	if a.users != nil {
		id.Credential = &checked{sha256.Sum256([]byte(who.Password))}
	}
	return id, nil
}

// check verifies a password, within the limit of attempts.
func (a *Auth[U]) check(ctx context.Context, username, password string) (principal U, who auth.Account, err error) {
	if a.cfg.Limit == nil {
		return a.verify(ctx, username, password)
	}
	key := "name " + strings.ToLower(strings.ToUpper(username)) // the same for σ, ς and Σ
	if err := a.cfg.Limit.Count(ctx, key); err != nil {
		return principal, who, err
	}
	principal, who, err = a.verify(ctx, username, password)
	if err == nil {
		err = a.cfg.Limit.Refund(ctx, key)
	}
	return principal, who, err
}

var strict = base64.StdEncoding.Strict()

// decode reads base64(user-id ":" password). The user-id ends at the first colon.
func decode(encoded string) (username, password string, refusal *auth.Error) {
	if len(encoded) > maxCredential {
		return "", "", errEncoding
	}
	var room [128]byte // enough for most
	text, err := strict.AppendDecode(room[:0], []byte(encoded))
	if err != nil || strings.IndexByte(encoded, '\n') >= 0 || strings.IndexByte(encoded, '\r') >= 0 { // which the decoder would skip
		return "", "", errEncoding
	}
	if !utf8.Valid(text) {
		return "", "", errUTF8
	}
	username, password, ok := strings.Cut(string(text), ":")
	if !ok {
		return "", "", errColon
	}
	return username, password, nil
}

// Declare implements [auth.Authenticator].
func (a *Auth[U]) Declare(method string) (auth.Declaration, error) {
	if a.err != nil {
		return auth.Declaration{}, a.err
	}
	d := auth.Declaration{
		Alternatives: []auth.Alternative{{
			Requirement: openapi.SecurityRequirement{a.cfg.Header.SchemeName: {}},
			Principals:  auth.PrincipalType[U](),
			Accounts:    []any{a.accounts},
		}},
		Refusals: slices.Clone(a.limited),
		Schemes:  map[string]auth.Scheme{a.cfg.Header.SchemeName: {SecurityScheme: a.scheme(), Source: a}},
	}
	if a.origins != nil {
		checked, err := a.origins.Declare(method)
		if err != nil {
			return auth.Declaration{}, err
		}
		d.Refusals = append(d.Refusals, checked.Refusals...)
	}
	if a.standard() && !a.cfg.Header.NoChallenge {
		d.Challenges = []string{carrier.Challenge("Basic", a.cfg.Header.Realm) + `, charset="UTF-8"`}
	}
	return d, nil
}

// standard reports whether header and scheme are those of RFC 7617.
func (a *Auth[U]) standard() bool {
	return a.cfg.Header.Name == "Authorization" && strings.EqualFold(a.cfg.Header.Scheme, "Basic")
}

func (a *Auth[U]) scheme() openapi.SecurityScheme {
	scheme := a.usualScheme()
	if a.cfg.Header.SchemeDescription != "" {
		scheme.Description = a.cfg.Header.SchemeDescription
	}
	return scheme
}

func (a *Auth[U]) usualScheme() openapi.SecurityScheme {
	if a.standard() {
		return openapi.SecurityScheme{Type: "http", Description: "Http Basic auth", Scheme: "basic"}
	}
	form := "<base64(username:password)>"
	if a.cfg.Header.Scheme != "" {
		form = a.cfg.Header.Scheme + " " + form
	}
	return openapi.SecurityScheme{
		Type: "apiKey", In: "header", Name: a.cfg.Header.Name,
		Description: "HTTP Basic auth via `" + a.cfg.Header.Name + "` header using `" + form + "` format",
	}
}

// Static verifies fixed credentials: a map of passwords by user name, which is copied. The
// principal is the name. A wrong password and an unknown name take the same time. Both are
// refused, also if the credential is optional.
func Static(passwords map[string]string) Verify[string] {
	sums := make(map[string][sha256.Size]byte, len(passwords))
	for name, password := range passwords {
		sums[name] = sha256.Sum256([]byte(password))
	}
	return func(_ context.Context, username, password string) (string, error) {
		want, known := sums[username]
		got := sha256.Sum256([]byte(password))
		if subtle.ConstantTimeCompare(want[:], got[:]) != 1 || !known {
			return "", errStatic
		}
		return username, nil
	}
}
