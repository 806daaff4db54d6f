package jwtauth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/internal/carrier"
	"github.com/go-modern-rest/rest/internal/authctx"
	"github.com/go-modern-rest/rest/store"
)

// Issuer issues tokens and checks them. U is the user type, and the principal; the credential is
// the [*Claims]. Issuer is immutable and safe for concurrent use.
type Issuer[U any] struct {
	users    auth.Users[U]
	claims   ByClaims[U] // instead of users.ByID
	accounts any         // see auth.AccountsOf
	cfg      Config
	byID     bool                             // the subject is the ID of the account
	joined   auth.UserJoiner[store.Family, U] // nil: a login and its account are read one after the other
	keys     *keyring
	signing  *key // nil: the issuer only checks
	header   *carrier.Header
	cookie   *carrier.Cookie
	err      error
}

// ByClaims finds the user of a token by its claims, if the subject is not the id of an account,
// or if there is no table of users. Pass it to [New] instead of users. It returns
// [store.ErrNotFound] if there is no such user. The claims of another issuer may be missing,
// even Subject, so check those that you use.
//
//	jwtauth.New(jwtauth.ByClaims[Caller](callerOf), jwtauth.Config{Keys: theirs, Issuer: "https://id.example.com"})
//
// [store.ErrNotFound]: https://pkg.go.dev/github.com/go-modern-rest/rest/store#ErrNotFound
type ByClaims[U any] func(ctx context.Context, c *Claims) (U, auth.Account, error)

// ByID implements [auth.Users]. It finds no user.
func (ByClaims[U]) ByID(context.Context, string) (user U, who auth.Account, err error) {
	return user, who, store.ErrNotFound
}

// ByUsername implements [auth.Users]. It finds no user.
func (ByClaims[U]) ByUsername(context.Context, string) (user U, who auth.Account, err error) {
	return user, who, store.ErrNotFound
}

// New makes an Issuer. The Declare of its authenticators returns mistakes in the configuration,
// so that rest.New reports them.
func New[U any](users auth.Users[U], cfg Config) *Issuer[U] {
	errs := []error{auth.Validate(cfg.Families), auth.Validate(cfg.Blocklist)}
	if auth.IsNil(users) {
		errs = append(errs, errors.New("jwtauth: New: users must not be nil"))
	}
	if cfg.Families != nil && auth.IsNil(cfg.Families) || cfg.Blocklist != nil && auth.IsNil(cfg.Blocklist) {
		errs = append(errs, errors.New("jwtauth: Families or Blocklist holds a nil pointer; leave the field out for none"))
	}
	if len(cfg.Secret) == 0 && len(cfg.Fallbacks) > 0 {
		errs = append(errs, errors.New("jwtauth: Fallbacks are the former values of Secret, which is empty; former Keys remain in Keys"))
	}
	if len(cfg.Secret) == 0 && cfg.Algorithm != "" {
		errs = append(errs, errors.New("jwtauth: Algorithm is that of Secret, which is empty; a Key has an Algorithm of its own"))
	}
	byID := cfg.Subject == nil
	cfg = cfg.withDefaults()
	i := &Issuer[U]{users: users, cfg: cfg, byID: byID}
	i.claims, i.cfg.byClaims = users.(ByClaims[U])
	if i.accounts = auth.AccountsOf(users); cfg.Accounts != nil {
		i.accounts = auth.AccountsOf(cfg.Accounts)
	}
	if len(cfg.Keys) == 0 && cfg.Remote == nil {
		errs = append(errs, errors.New("jwtauth: no key: set Secret, Keys or Remote"))
	}
	var keys []*key
	for _, k := range cfg.Keys {
		compiled, err := compileKey(k, cfg.InsecureShortKeys)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if keys = append(keys, compiled); i.signing == nil && compiled.canSign() {
			i.signing = compiled
		}
	}
	i.cfg.Keys = nil
	i.keys = newKeyring(keys)
	i.err = auth.Misconfigured(errors.Join(append(errs, cfg.check())...))
	backend := carrier.Backend{
		Err: i.err, Verify: i.identify, Recheck: i.recheck, Refusals: refusals,
		Principals: auth.PrincipalType[U](), Accounts: i.accounts, Source: i.source(),
	}
	if i.claims == nil && byID {
		i.joined = auth.JoinerOf[store.Family](cfg.Families, users)
	}
	i.header = carrier.NewHeader(cfg.header(), backend)
	i.cookie = carrier.NewCookie(cfg.Cookie, cfg.CSRF, backend)
	return i
}

// signed reads a token that was signed with one of the keys. It does not check the claims.
func (i *Issuer[U]) signed(ctx context.Context, token string) (*Claims, error) {
	var read signedToken
	var refusal *auth.Error
	if i.cfg.Remote == nil {
		read, refusal = i.keys.verify(token)
	} else {
		var err error
		if read, refusal, err = i.cfg.Remote.verify(ctx, token, i.cfg.AcceptIssuers); err != nil {
			return nil, err
		}
	}
	if refusal != nil {
		return nil, refusal
	}
	claims, refusal := i.cfg.parseClaims(read.payload)
	if refusal != nil {
		return nil, refusal
	}
	claims.typ = read.typ
	return claims, nil
}

// check checks a token of the given type.
func (i *Issuer[U]) check(ctx context.Context, token, kind string) (user U, who auth.Account, claims *Claims, err error) {
	if i.err != nil {
		return user, who, nil, i.err
	}
	if claims, err = i.signed(ctx, token); err != nil {
		return user, who, nil, err
	}
	if user, who, err = i.decide(ctx, claims, kind); err != nil {
		var nobody U
		return nobody, auth.Account{}, nil, err
	}
	claims.userID = who.ID
	return user, who, claims, nil
}

// decide checks claims that were signed with one of the keys. It only reads.
func (i *Issuer[U]) decide(ctx context.Context, claims *Claims, kind string) (user U, who auth.Account, err error) {
	if refusal := i.cfg.checkClaims(claims, kind); refusal != nil {
		return user, who, refusal
	}
	user, who, login, err := i.find(ctx, claims)
	if err == nil {
		err = i.bound(claims, who)
	}
	if err == nil {
		err = i.blocked(ctx, claims)
	}
	if err == nil {
		err = i.alive(ctx, claims, who, login)
	}
	return user, who, err
}

// recheck checks the claims of an identity again, and the account and the tables that
// they lead to. The signature is not checked again.
func (i *Issuer[U]) recheck(ctx context.Context, id auth.Identity) error {
	if i.err != nil {
		return i.err
	}
	claims, ok := id.Credential.(*Claims)
	if !ok {
		return fmt.Errorf("jwtauth: Recheck: the credential is a %T, want *Claims", id.Credential)
	}
	user, who, err := i.decide(ctx, claims, TypeAccess)
	if err == nil && who.ID != id.UserID {
		err = errNoAccount
	}
	if err == nil {
		authctx.SetFresh(ctx, user)
	}
	return err
}

// find finds the account of a token, and the login of an access token if both can be read at
// once. login is nil otherwise.
func (i *Issuer[U]) find(ctx context.Context, claims *Claims) (user U, who auth.Account, login *store.Family, err error) {
	if i.joined == nil || claims.Family == "" || !i.readsLogin(claims) {
		user, who, err = i.account(ctx, claims)
		return user, who, nil, err
	}
	row, user, who, err := i.joined.WithUser(ctx, claims.Family)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && who.ID != claims.Subject:
		user, who, err = i.account(ctx, claims)
		return user, who, nil, err
	case err != nil:
		return user, who, nil, auth.Unavailable(err)
	case !who.Active:
		return user, who, nil, errInactive
	}
	return user, who, &row, nil
}

// account finds the account of a token. The subject must be written exactly as Config.Subject
// writes it, because a database may take " 1 " for 1.
func (i *Issuer[U]) account(ctx context.Context, claims *Claims) (user U, who auth.Account, err error) {
	if i.claims != nil {
		user, who, err = i.claims(ctx, claims)
	} else {
		user, who, err = i.users.ByID(ctx, claims.Subject)
	}
	var nobody U
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nobody, auth.Account{}, errNoAccount
	case err != nil:
		if _, refused := errors.AsType[*auth.Error](err); !refused {
			err = auth.Unavailable(err)
		}
		return nobody, auth.Account{}, err
	case i.claims == nil && i.cfg.Subject(who) != claims.Subject:
		return nobody, auth.Account{}, errNoAccount
	case !who.Active:
		return nobody, auth.Account{}, errInactive
	}
	return user, who, nil
}

// Accounts identifies the table of accounts of the users, see [auth.AccountsOf].
func (i *Issuer[U]) Accounts() any { return i.accounts }

// Header returns the authenticator of tokens in a header, see [Config].Header. It is always the
// same one.
func (i *Issuer[U]) Header() auth.Authenticator { return i.header }

func (i *Issuer[U]) identify(r *http.Request, token string) (auth.Identity, error) {
	user, account, claims, err := i.check(r.Context(), token, TypeAccess)
	if err != nil {
		return auth.Identity{}, err
	}
	return auth.Identity{Principal: user, Credential: claims, UserID: account.ID, Accounts: i.accounts, Expires: claims.ExpiresAt}, nil
}

// source identifies the keys, for [auth.Scheme].Source.
func (i *Issuer[U]) source() any {
	if i.cfg.Remote != nil {
		return i.cfg.Remote.cfg.URL
	}
	return i.keys.fingerprint()
}
