package jwtauth

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/internal/refusal"
	"github.com/go-modern-rest/rest/store"
)

// ErrCannotSign means that none of the keys has a Secret or a Private key.
var ErrCannotSign = errors.New("jwtauth: no key that can sign: set Secret, or a Private key in Keys")

// CanSign returns the reason why this issuer cannot issue tokens, such as [ErrCannotSign]; nil:
// it can.
func (i *Issuer[U]) CanSign() error {
	if i.err != nil {
		return i.err
	}
	if i.signing == nil {
		return ErrCannotSign
	}
	return nil
}

var errOvertaken = refuse("jwt: the account was changed during the login")

// Issue returns new tokens for an account that the caller has authenticated, for example by
// password. An inactive account is refused with an [*auth.Error].
//
// With [Config].Families each call begins another login.
func (i *Issuer[U]) Issue(ctx context.Context, who auth.Account) (Pair, error) {
	login := store.Family{Created: i.cfg.Now()}
	if i.cfg.Families != nil {
		login.ID = newID()
	}
	pair, row, err := i.issue(ctx, who, login)
	if err != nil || i.cfg.Families == nil {
		return pair, err
	}
	if row.Bound, err = i.firstBound(ctx, who); err != nil {
		return Pair{}, err
	}
	if err := i.cfg.Families.CreateFamily(ctx, row); err != nil {
		return Pair{}, auth.Unavailable(err)
	}
	if err := i.confirm(ctx, who, row.ID); err != nil {
		return Pair{}, err
	}
	return pair, nil
}

// confirm ends a login that began while the password was changed or the account was
// deactivated, because its row was not there yet when the other logins were ended.
func (i *Issuer[U]) confirm(ctx context.Context, who auth.Account, family string) error {
	if i.claims != nil || who.Password == "" {
		return nil
	}
	overtaken, err := refusal.Overtaken(ctx, i.users, i.cfg.Subject(who), who) // as for a token
	switch {
	case err == nil && !overtaken:
		return nil
	case err == nil:
		err = errOvertaken
	}
	if end := i.cfg.Families.EndFamily(ctx, who.ID, family); end != nil && !errors.Is(end, store.ErrNotFound) {
		return auth.Unavailable(end)
	}
	return err
}

// issue signs a pair for a login, and returns the next row of the login. Without Families the
// login has no ID.
func (i *Issuer[U]) issue(ctx context.Context, who auth.Account, login store.Family) (Pair, store.Family, error) {
	fail := func(err error) (Pair, store.Family, error) { return Pair{}, store.Family{}, err }
	if err := i.CanSign(); err != nil {
		return fail(err)
	}
	subject := i.cfg.Subject(who)
	if subject == "" || !who.Active {
		return fail(auth.Refuse("jwtauth: Issue: the account is inactive or has no subject"))
	}
	if i.cfg.Families != nil && who.ID == "" {
		return fail(errors.New("jwtauth: Issue: the account has no ID, which the table of logins needs"))
	}
	var own map[string]any
	if i.cfg.Claims != nil {
		var err error
		if own, err = i.cfg.Claims(ctx, who); err != nil {
			return fail(err)
		}
	}
	now := i.cfg.Now()
	pair := Pair{AccessExpires: now.Add(i.cfg.Lifetime), RefreshExpires: now.Add(i.cfg.RefreshLifetime)}
	if end, ends := i.cfg.loginEnd(login); ends {
		pair.AccessExpires, pair.RefreshExpires = earlier(pair.AccessExpires, end), earlier(pair.RefreshExpires, end)
	}
	extras := extras{Type: TypeAccess, Family: login.ID}
	if i.cfg.BindPassword {
		extras.Bound = store.Fingerprint(who.Password)
	}
	var err error
	if pair.Access, err = i.sign(subject, newID(), now, pair.AccessExpires, own, extras); err != nil {
		return fail(err)
	}
	login.UserID, login.Current, login.Rotated, login.Expires = who.ID, newID(), now, pair.RefreshExpires
	extras.Type = TypeRefresh
	if began := login.Created.Unix(); began != now.Unix() && i.cfg.Families == nil && i.cfg.LoginLifetime > 0 {
		extras.Began = began // there is no row that has it
	}
	if pair.Refresh, err = i.sign(subject, login.Current, now, pair.RefreshExpires, nil, extras); err != nil {
		return fail(err)
	}
	return pair, login, nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// extras are our own claims, where django-modern-rest has its.
type extras struct {
	Type   string `json:"type"`
	Family string `json:"family,omitempty"`
	Bound  string `json:"bound,omitempty"`
	Began  int64  `json:"began,omitzero"` // when the login was, in seconds; zero: at iat
}

// sign writes one token, its claims in the order of django-modern-rest.
func (i *Issuer[U]) sign(subject, id string, now, expires time.Time, own map[string]any, extras extras) (string, error) {
	p := payload{text: []byte{'{'}}
	p.add("sub", subject)
	p.add("exp", expires.Unix())
	p.add("iat", now.Unix())
	if i.cfg.Issuer != "" {
		p.add("iss", i.cfg.Issuer)
	}
	switch len(i.cfg.Audiences) {
	case 0:
	case 1:
		p.add("aud", i.cfg.Audiences[0])
	default:
		p.add("aud", i.cfg.Audiences)
	}
	p.add("jti", id)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		switch name {
		case "sub", "exp", "iat", "nbf", "iss", "aud", "jti", "extras", "type":
			return "", fmt.Errorf("jwtauth: Config.Claims returned %q, which the token uses itself", name)
		}
		p.add(name, own[name])
	}
	p.add("extras", extras)
	if p.err != nil {
		return "", fmt.Errorf("jwtauth: the claims cannot be written: %w", p.err)
	}
	return i.signing.sign(append(p.text, '}'))
}

// payload collects claims.
type payload struct {
	text []byte
	err  error
}

func (p *payload) add(name string, value any) {
	text, err := json.Marshal(value)
	if p.err = errors.Join(p.err, err); p.err != nil {
		return
	}
	if len(p.text) > 1 {
		p.text = append(p.text, ',')
	}
	quoted, err := json.Marshal(name)
	p.err = err
	p.text = append(append(append(p.text, quoted...), ':'), text...)
}

// newID returns 128 random bits as 32 hexadecimal digits.
func newID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails: the program crashes instead
	return hex.EncodeToString(id[:])
}

// Refresh exchanges a refresh token for new tokens. With [Config].Families or a Blocklist the
// token works once: of several simultaneous requests exactly one succeeds. Otherwise it
// remains valid until it expires. A refusal is an [*auth.Error]: a 401, or one of
// [Issuer.RefreshErrors].
func (i *Issuer[U]) Refresh(ctx context.Context, token string) (Pair, error) {
	if err := i.CanSign(); err != nil {
		return Pair{}, err
	}
	_, account, claims, err := i.check(ctx, token, TypeRefresh)
	if err != nil {
		return Pair{}, err
	}
	if i.cfg.Families != nil {
		return i.renew(ctx, claims, account)
	}
	login := store.Family{Created: claims.began()}
	if i.cfg.over(login) {
		return Pair{}, errOver
	}
	pair, _, err := i.issue(ctx, account, login) // before the old one is spent
	if err != nil {
		return Pair{}, err
	}
	if i.cfg.Blocklist != nil && !i.cfg.Compat.ReuseRefresh {
		err = i.spend(ctx, claims)
	}
	if err != nil {
		return Pair{}, err
	}
	return pair, nil
}

// Verify checks an access token as the authenticators do, and returns its user. A refusal is an
// [*auth.Error].
func (i *Issuer[U]) Verify(ctx context.Context, token string) (U, *Claims, error) {
	user, _, claims, err := i.check(ctx, token, TypeAccess)
	return user, claims, err
}
