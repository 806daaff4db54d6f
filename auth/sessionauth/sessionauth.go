package sessionauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/internal/carrier"
	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/internal/cookie"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/store"
)

// hashSalt is the salt of AbstractBaseUser.get_session_auth_hash.
const hashSalt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"

// Auth accepts requests with the cookie of a session, and begins and ends sessions. U is the
// user type, and the principal; the credential is the [*Session]. Auth is immutable and safe
// for concurrent use.
type Auth[U any] struct {
	users    auth.Users[U]
	accounts any // see auth.AccountsOf
	store    Store
	joined   auth.UserJoiner[store.Session, U] // nil: users and store are read one after the other
	logins   LoginStore                        // nil: a login is recorded after its session is written
	cfg      Config
	csrf     *csrf.Protection // nil: switched off
	signer   *signing.Signer
	hashes   []*signing.MAC // of the secret and the fallbacks
	gone     http.Header    // deletes the cookie; shared, never written to
	err      error

	allow    func(context.Context, U) error // see Only
	refusals []auth.Refusal
}

// New makes an Auth. Declare returns mistakes in the settings, so that rest.New reports them.
func New[U any](users auth.Users[U], s Store, cfg Config) *Auth[U] {
	cfg = cfg.withDefaults()
	a := &Auth[U]{users: users, accounts: auth.AccountsOf(users), store: s, cfg: cfg}
	errs := []error{cfg.check(), auth.Validate(s)}
	if table, ok := s.(interface{ KeepsTimes() bool }); ok && !auth.IsNil(s) && !table.KeepsTimes() && (cfg.Idle > 0 || cfg.Lifetime > 0) {
		errs = append(errs, errors.New("sessionauth: Idle and Lifetime need a store that keeps the times of sessions; with sqlite.Config.Django this needs OwnTables"))
	}
	if auth.IsNil(users) || auth.IsNil(s) {
		errs = append(errs, errors.New("sessionauth: New: users and store must not be nil"))
	}
	if !cfg.InsecureNoCSRF {
		if a.csrf = cfg.CSRF; cfg.CSRFInSession {
			a.csrf = cfg.CSRF.In(inSession[U]{a}, s)
		}
		errs = append(errs, a.csrf.ErrBeside(cfg.Cookie))
	}
	a.err = auth.Misconfigured(errors.Join(errs...))

	keys := append([][]byte{cfg.Secret}, cfg.Fallbacks...)
	a.signer = signing.NewSigner("django.contrib.sessions."+cfg.SessionClass, keys...)
	for _, key := range keys {
		a.hashes = append(a.hashes, signing.NewMAC(hashSalt, key))
	}
	a.cfg.Secret, a.cfg.Fallbacks = nil, nil
	a.gone = http.Header{"Set-Cookie": {a.deletion().String()}}
	a.joined = auth.JoinerOf[store.Session](s, users)
	if logins, ok := s.(LoginStore); ok && !auth.IsNil(s) && logins.RecordsLogins(users) {
		a.logins = logins
	}
	return a
}

// Only returns an authenticator of the same sessions for some of the users, with another
// scheme name in OpenAPI. allow is called before the CSRF check. Its errors are those of an
// Authenticator: auth.ErrSkip tries the next alternative, and an *auth.Error refuses.
// refusals declares statuses besides 401. A nil allow accepts all users.
//
// auth.Narrow does the same after the CSRF check and under the same scheme name, and can
// change the type of the principal.
func (a *Auth[U]) Only(schemeName string, allow func(context.Context, U) error, refusals ...auth.Refusal) *Auth[U] {
	b := *a
	b.cfg.Cookie.SchemeName, b.allow, b.refusals = schemeName, allow, refusals
	return &b
}

// SchemeName returns the name of the security scheme in OpenAPI.
func (a *Auth[U]) SchemeName() string { return a.cfg.Cookie.SchemeName }

// Accounts identifies the table of accounts of the users, see [auth.AccountsOf].
func (a *Auth[U]) Accounts() any { return a.accounts }

// CSRF returns the CSRF check of the sessions; nil: it is switched off. Other cookies and forms
// of the same site should use it as well.
func (a *Auth[U]) CSRF() *csrf.Protection { return a.csrf }

// Authenticate accepts a request with a session, and for unsafe methods with a CSRF token. It
// skips a request without session, with an anonymous one, or whose user is unknown or
// inactive. The cookie of a session that has ended is deleted.
func (a *Auth[U]) Authenticate(r *http.Request) (auth.Identity, error) {
	id, user, err := a.identify(r)
	if err != nil {
		return auth.Identity{}, err
	}
	if a.allow != nil {
		if err := a.allow(r.Context(), user); err != nil {
			return auth.Identity{}, err
		}
	}
	if a.csrf != nil {
		if err := a.checkCSRF(r, id.Credential.(*Session)); err != nil {
			return auth.Identity{}, err
		}
	}
	return id, nil
}

// Identify is Authenticate without the CSRF check and without the function of [Auth.Only]. It
// is for public endpoints that show the user. Check CSRF before the user's data is changed.
func (a *Auth[U]) Identify(r *http.Request) (auth.Identity, error) {
	id, _, err := a.identify(r)
	return id, err
}

func (a *Auth[U]) checkCSRF(r *http.Request, s *Session) error {
	if a.csrf.InSession() {
		return a.csrf.CheckSecret(r, s.data.text(keyCSRF))
	}
	return a.csrf.Check(r)
}

// identify finds the session of a request and its user
// (contrib/auth/__init__.py:get_user).
func (a *Auth[U]) identify(r *http.Request) (auth.Identity, U, error) {
	var nobody U
	if a.err != nil {
		return auth.Identity{}, nobody, a.err
	}
	value, found := cookie.Last(r.Header, a.cfg.Cookie.Name)
	if !found {
		return auth.Identity{}, nobody, auth.ErrSkip
	}
	ctx := r.Context()
	s, user, account, err := a.owner(ctx, value)
	if err != nil {
		return auth.Identity{}, nobody, err
	}
	if err := a.checkHash(ctx, s, account); err != nil {
		return auth.Identity{}, nobody, a.outcome(err)
	}
	if err := a.use(ctx, s); err != nil {
		return auth.Identity{}, nobody, a.outcome(err)
	}
	return auth.Identity{Principal: user, Credential: s, By: a, UserID: account.ID, Accounts: a.accounts, Expires: s.row.Expires}, user, nil
}

// owner finds the session of a cookie and the active user that it belongs to. It only
// reads. Whether the session is bound to the user's present password, the caller checks.
func (a *Auth[U]) owner(ctx context.Context, value string) (s *Session, user U, account auth.Account, err error) {
	var nobody U
	fail := func(err error) (*Session, U, auth.Account, error) { return nil, nobody, auth.Account{}, err }
	s, user, account, err = a.open(ctx, value)
	if err != nil {
		return fail(a.outcome(err))
	}
	id := s.UserID()
	if id == "" || !a.knownBackend(s.data.text(keyBackend)) {
		return fail(auth.ErrSkip)
	}
	if account.ID != id { // not joined, or joined by a row that was not signed
		user, account, err = a.users.ByID(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return fail(a.stale("session: the user is gone", nil))
		}
		if err != nil {
			return fail(auth.Unavailable(err))
		}
	}
	if !account.Active {
		return fail(a.stale("session: the user is inactive", nil)) // who may come back
	}
	return s, user, account, nil
}

// Recheck implements [auth.Rechecker]. It reads the session and its user again: the
// session must have neither ended nor expired, and the user must be active, have the
// same password and be admitted by [Auth.Only]. The session is not prolonged.
func (a *Auth[U]) Recheck(ctx context.Context, id auth.Identity) error {
	if a.err != nil {
		return a.err
	}
	had, ok := id.Credential.(*Session)
	if !ok {
		return fmt.Errorf("sessionauth: Recheck: the credential is a %T, want a *Session", id.Credential)
	}
	s, user, account, err := a.owner(ctx, had.value)
	switch {
	case err != nil:
		return err
	case s.UserID() != id.UserID:
		return a.stale("session: now of another user", nil)
	case a.boundTo(s, account) < 0:
		return a.stale("session: begun with another password", nil)
	}
	authctx.SetFresh(ctx, user)
	if a.allow != nil {
		return a.allow(ctx, user)
	}
	return nil
}

// outcome turns the error for a session that has ended into a skip that deletes its cookie.
func (a *Auth[U]) outcome(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return a.stale("session: unknown, expired or ended", a.gone)
	}
	return auth.Unavailable(err)
}

// stale skips a credential that is not valid.
func (a *Auth[U]) stale(reason auth.Reason, header http.Header) error {
	return auth.SkipStale(&auth.Error{Err: reason, Scheme: a.cfg.Cookie.SchemeName}, header)
}

func (a *Auth[U]) knownBackend(path string) bool {
	for _, known := range a.cfg.Backends {
		if path == known {
			return true
		}
	}
	return false
}

// checkHash ends a session that was begun with another password. It signs a session that was
// begun under a fallback secret again with the present one. The session keeps its end and its
// key. Django changes the key, but simultaneous requests of a page would then find no
// session.
func (a *Auth[U]) checkHash(ctx context.Context, s *Session, account auth.Account) error {
	switch a.boundTo(s, account) {
	case 0:
		return nil
	case -1:
		if err := a.store.Delete(ctx, s.row.Key); err != nil {
			return err
		}
		return store.ErrNotFound
	}
	return a.rebind(ctx, s, account.Password)
}

// boundTo returns the index of the secret that binds a session to the present password of an
// account: 0 is the present secret, and -1 means none.
func (a *Auth[U]) boundTo(s *Session, account auth.Account) int {
	have := s.data.text(keyHash)
	return slices.IndexFunc(a.hashes, func(mac *signing.MAC) bool { return mac.EqualHex(account.Password, have) })
}

// use records that a session was used, as Config.Idle needs it, and when a session of Django
// is used here for the first time, so that the lists of the user have it. If the store cannot
// write now, the request is accepted all the same.
func (a *Auth[U]) use(ctx context.Context, s *Session) error {
	now := a.cfg.Now()
	first := s.row.Created.IsZero()
	if !first && (a.cfg.Idle == 0 || now.Sub(s.row.Seen) < a.cfg.Idle/10) {
		return nil
	}
	row := s.row
	if first {
		row.Created = now
	}
	row.UserID, row.Seen = s.UserID(), now
	last := a.limit(row.Expires, row)
	if a.cfg.Idle > 0 {
		if !first { // the row says when the session ends unless it is used
			last = a.lastEnd(s)
		}
		last = earlier(last, now.Add(a.cfg.Idle))
	}
	row.Expires = last
	err := a.store.Touch(ctx, row)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return err
	case err != nil:
		a.logger().WarnContext(ctx, "sessionauth: the use of a session was not recorded", "err", err)
	default:
		s.row = row
	}
	return nil
}

// limit returns an expiry that is not after Config.Lifetime.
func (a *Auth[U]) limit(expires time.Time, row store.Session) time.Time {
	if a.cfg.Lifetime > 0 && !row.Created.IsZero() {
		return earlier(expires, row.Created.Add(a.cfg.Lifetime))
	}
	return expires
}

// Declare describes the cookie, and the CSRF token for unsafe methods.
func (a *Auth[U]) Declare(method string) (auth.Declaration, error) {
	d := auth.Declaration{
		Alternatives: []auth.Alternative{{
			Requirement: openapi.SecurityRequirement{a.cfg.Cookie.SchemeName: {}},
			Principals:  auth.PrincipalType[U](),
			Accounts:    []any{a.accounts},
		}},
		Schemes: map[string]auth.Scheme{a.cfg.Cookie.SchemeName: {
			Source:         a.store,
			SecurityScheme: carrier.CookieScheme(a.cfg.Cookie),
		}},
		Refusals: a.refusals,
	}
	if a.csrf != nil {
		d = a.csrf.AddTo(d, method)
	}
	return d, a.err
}
