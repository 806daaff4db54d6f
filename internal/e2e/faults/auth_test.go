package faults_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/throttle"
)

// notOpen fails when Settings with this Auth start and an operation that says nothing is open to everybody.
func notOpen(t *testing.T, a auth.Authenticator) {
	t.Helper()
	s := general
	s.Auth = a
	api, err := rest.New(s, rest.Router{Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello)}}})
	if err != nil {
		return
	}
	if w := send(api, "GET", "/x", ""); w.Code < 400 {
		t.Errorf("the API starts, and anybody reads %d %s", w.Code, w.Body)
	}
}

func newSession(db *memory.DB) *sessionauth.Auth[*store.User] {
	return sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
}

// Settings cannot be public (design, rule 2): a guard against other sites asks nobody who they are.
func TestSettingsAreNotPublicThroughAGuard(t *testing.T) {
	notOpen(t, csrf.CrossOrigin(csrf.CrossOriginConfig{}))
}

// Settings cannot be public: Optional lets everybody in, wherever nobody thought about it.
func TestSettingsAreNotPublicThroughOptional(t *testing.T) {
	notOpen(t, auth.Optional(newSession(memory.New())))
}

// Settings cannot be public: one open alternative opens all.
func TestSettingsAreNotPublicThroughAnyOf(t *testing.T) {
	notOpen(t, auth.AnyOf(newSession(memory.New()), csrf.CrossOrigin(csrf.CrossOriginConfig{})))
}

// AllOf demands two credentials of one person: alice's password and bob's second factor are nobody's.
func TestAllOfIsOneAccount(t *testing.T) {
	db := memory.New()
	_, alice := addUser(t, db, "alice", "alice-pass")
	_, bob := addUser(t, db, "bob", "bob-pass")
	type second struct{ *store.User }
	first := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	other := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte(strings.Repeat("o", 40)), Header: auth.Header{SchemeName: "second", Name: "X-Second"}})
	both := auth.AllOf(first.Header(), auth.Narrow(other.Header(), func(_ context.Context, u *store.User) (*second, error) { return &second{u}, nil }))
	g, err := auth.Compile(both, "GET")
	if err != nil {
		return // not possible: fine, too
	}
	try := func(a, b auth.Account) error {
		p, err := first.Issue(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		q, err := other.Issue(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		_, err = g.Authenticate(request("GET", "/", "", "Authorization", "Bearer "+p.Access, "X-Second", "Bearer "+q.Access))
		return err
	}
	if err := try(alice, alice); err != nil {
		t.Errorf("one person: %v", err)
	}
	if err := try(alice, bob); err == nil {
		t.Error("two persons are let in as one")
	}
}

type partner struct{ sub string }

// partners is another issuer, whose user 1 is not our user 1.
func partners() *jwtauth.Issuer[*partner] {
	return jwtauth.New(jwtauth.ByClaims[*partner](func(_ context.Context, c *jwtauth.Claims) (*partner, auth.Account, error) {
		return &partner{c.Subject}, auth.Account{ID: c.Subject, Active: true}, nil
	}), jwtauth.Config{Keys: []jwtauth.Key{{Secret: []byte(strings.Repeat("p", 40))}}, Issuer: "https://partner.example", Header: auth.Header{SchemeName: "partner"}})
}

// Tokens lists and revokes what belongs to the caller: a partner's user 1 is not the account 1 (CWE-441). New refuses it, or it finds nothing.
func TestTokensOfForeignIDs(t *testing.T) {
	db := memory.New()
	_, alice := addUser(t, db, "alice", "alice-pass")
	keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
	foreign := partners()
	api, err := rest.New(general, account.New(password.NewChecker(db.Users(), hasher), account.Config{}).Tokens("/tokens", auth.AnyOf(foreign.Header(), keys.Header()), keys))
	if err != nil {
		return
	}
	raw, row, err := keys.Issue(t.Context(), alice, tokenauth.Grant{Name: "laptop of alice"})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := foreign.Issue(t.Context(), auth.Account{ID: alice.ID, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	if w := send(api, "GET", "/tokens/list/", "", "Authorization", "Bearer "+pair.Access); strings.Contains(w.Body.String(), "laptop") {
		t.Errorf("somebody else reads %s", short(w.Body.String()))
	}
	send(api, "DELETE", fmt.Sprintf("/tokens/list/%d/", row.ID), "", "Authorization", "Bearer "+pair.Access)
	if _, _, err := keys.Verify(t.Context(), raw); err != nil {
		t.Errorf("somebody else revoked the token: %v", err)
	}
}

// LogoutAll ends the caller's logins, and nobody else's.
func TestLogoutAllOfForeignIDs(t *testing.T) {
	db := memory.New()
	_, alice := addUser(t, db, "alice", "alice-pass")
	session, foreign := newSession(db), partners()
	api, err := rest.New(general, account.New(password.NewChecker(db.Users(), hasher), account.Config{}).LogoutAll("/logout-all", foreign.Header(), session))
	if err != nil {
		return
	}
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), alice)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := foreign.Issue(t.Context(), auth.Account{ID: alice.ID, Active: true})
	if err != nil {
		t.Fatal(err)
	}
	send(api, "POST", "/logout-all/", "", "Authorization", "Bearer "+pair.Access)
	if _, err := session.Authenticate(withCookie("GET", "/", cookieOf(t, cookies, "sessionid"))); err != nil {
		t.Errorf("somebody else ended the session of alice: %v", err)
	}
}

func reset(t *testing.T, db *memory.DB, account auth.Account) {
	t.Helper()
	encoded, err := hasher.Hash(t.Context(), "a new password")
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Users().SetPassword(t.Context(), account.ID, encoded); err != nil {
		t.Fatal(err)
	}
}

// A password that is set outside (an administrator, a "forgot password" page) ends the sessions, as in Django.
func TestPasswordSetOutsideEndsSessions(t *testing.T) {
	db := memory.New()
	_, alice := addUser(t, db, "alice", "stolen")
	session := newSession(db)
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), alice)
	if err != nil {
		t.Fatal(err)
	}
	reset(t, db, alice)
	if _, err := session.Authenticate(withCookie("GET", "/", cookieOf(t, cookies, "sessionid"))); err == nil {
		t.Error("the session lives on")
	}
}

// It ends refresh families, too: who stole the password has logged in, and would renew that login for ever (ASVS 5 §7.4.3).
func TestPasswordSetOutsideEndsFamilies(t *testing.T) {
	db := memory.New()
	_, alice := addUser(t, db, "alice", "stolen")
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families()})
	pair, err := tokens.Issue(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	reset(t, db, alice)
	if _, err := tokens.Refresh(t.Context(), pair.Refresh); err == nil {
		t.Error("the login is renewed")
	}
}

// A login that is renewed each nine days ends some day, without a setting: a stolen refresh token is not good for ever (RFC 9700 §4.14.2).
func TestFamilyEndsSomeDay(t *testing.T) {
	db, now := memory.New(), time.Now()
	_, alice := addUser(t, db, "alice", "alice-pass")
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: db.Families(), Now: func() time.Time { return now }})
	pair, err := tokens.Issue(t.Context(), alice)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * 365 / 9 {
		now = now.Add(9 * 24 * time.Hour)
		if pair, err = tokens.Refresh(t.Context(), pair.Refresh); err != nil {
			return
		}
	}
	t.Error("one login is alive after two years")
}

// usedFor uses a session each few minutes without writing to it, and returns when it ended.
func usedFor(t *testing.T, session *sessionauth.Auth[*store.User], cookie *http.Cookie, now *time.Time, each, most time.Duration) time.Duration {
	t.Helper()
	for start := *now; ; *now = now.Add(each) {
		if _, err := session.Authenticate(withCookie("GET", "/", cookie)); err != nil || now.Sub(start) > most {
			return now.Sub(start)
		}
	}
}

// Age is how long a session lives "after it was last written": reading is not writing, with Idle as without. Setting Idle, which is there to end sessions sooner, must not make them endless.
func TestIdleDoesNotOutliveAge(t *testing.T) {
	db, now := memory.New(), time.Now()
	_, alice := addUser(t, db, "alice", "alice-pass")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret, Age: time.Hour, Idle: 30 * time.Minute, Now: func() time.Time { return now }})
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), alice)
	if err != nil {
		t.Fatal(err)
	}
	if got := usedFor(t, session, cookieOf(t, cookies, "sessionid"), &now, 10*time.Minute, 24*time.Hour); got > 2*time.Hour {
		t.Errorf("with Age 1h it is alive after %v of reading", got)
	}
}

// "A session that has an expiry of its own (Django's set_expiry) keeps to that": five minutes are not a day.
func TestIdleDoesNotOutliveTheSessionsOwnExpiry(t *testing.T) {
	db, now := memory.New(), time.Now()
	_, alice := addUser(t, db, "alice", "alice-pass")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret, Idle: 30 * time.Minute, Now: func() time.Time { return now }})
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), alice)
	if err != nil {
		t.Fatal(err)
	}
	cookie := cookieOf(t, cookies, "sessionid")
	s, err := session.Load(withCookie("GET", "/", cookie))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set("_session_expiry", 300); err != nil {
		t.Fatal(err)
	}
	if _, err := session.Save(withCookie("POST", "/", cookie), s); err != nil {
		t.Fatal(err)
	}
	if got := usedFor(t, session, cookie, &now, 4*time.Minute, 24*time.Hour); got > time.Hour {
		t.Errorf("with an expiry of 5 minutes it is alive after %v of reading", got)
	}
}

// Who gives the password again begins a new login: Lifetime counts from there, not from the first one.
func TestLoggingInAgainBeginsALogin(t *testing.T) {
	db, now := memory.New(), time.Now()
	_, alice := addUser(t, db, "alice", "alice-pass")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret, Lifetime: 8 * time.Hour, Now: func() time.Time { return now }})
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), alice)
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(8*time.Hour - time.Minute)
	if cookies, err = session.Begin(withCookie("POST", "/", cookieOf(t, cookies, "sessionid")), alice); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	if _, err := session.Authenticate(withCookie("GET", "/", cookieOf(t, cookies, "sessionid"))); err != nil {
		t.Errorf("an hour after the password was given: %v", err)
	}
}

// A WebSocket handshake is a GET that a page of any sibling site can send with the cookie: without a check of Origin it is the user's (CWE-1385).
func TestWebSocketOfAnotherOrigin(t *testing.T) {
	db := memory.New()
	_, alice := addUser(t, db, "alice", "alice-pass")
	session := newSession(db)
	cookies, err := session.Begin(httptest.NewRequest("POST", "/", nil), alice)
	if err != nil {
		t.Fatal(err)
	}
	api := build(t, general, rest.Router{Mounts: []rest.Mount{{Path: "/ws", Auth: session, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})}}})
	handshake := func(origin, site string) int {
		return send(api, "GET", "https://app.example.com/ws", "", "Cookie", "sessionid="+cookieOf(t, cookies, "sessionid").Value, "Origin", origin, "Sec-Fetch-Site", site,
			"Upgrade", "websocket", "Connection", "Upgrade", "Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==").Code
	}
	if got := handshake("https://app.example.com", "same-origin"); got != 200 {
		t.Errorf("of the page itself: got %d", got)
	}
	if got := handshake("https://evil.example.com", "same-site"); got < 400 {
		t.Errorf("of a sibling's page: got %d", got)
	}
}

// foreignToken signs claims as another issuer with a shared secret does.
func foreignToken(header, claims string) string {
	e := base64.RawURLEncoding
	text := e.EncodeToString([]byte(header)) + "." + e.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + e.EncodeToString(mac.Sum(nil))
}

// verifyForeign checks a token with ForeignTokens; more joins the usual claims.
func verifyForeign(t *testing.T, cfg jwtauth.Config, typ, claims string) error {
	t.Helper()
	cfg.Secret, cfg.ForeignTokens = secret, true
	who := jwtauth.ByClaims[string](func(_ context.Context, c *jwtauth.Claims) (string, auth.Account, error) {
		id := c.Subject
		if named, ok := jwtauth.Claim[string](c, "user_id"); ok && id == "" {
			id = named
		}
		return id, auth.Account{ID: id, Active: true}, nil
	})
	_, _, err := jwtauth.New(who, cfg).Verify(t.Context(), foreignToken(`{"alg":"HS256","typ":"`+typ+`"}`, claims))
	return err
}

func usual(more string) string {
	now := time.Now().Unix()
	return fmt.Sprintf(`{"sub":"7","iat":%d,"exp":%d%s}`, now, now+60, more)
}

// Under ForeignTokens a token that says to be something else is refused, whatever its issuer calls that: Cognito's token_use (an ID token is for the client, OpenID Connect Core §2).
func TestForeignTokenUseID(t *testing.T) {
	if err := verifyForeign(t, jwtauth.Config{}, "JWT", usual(`,"token_use":"id"`)); err == nil {
		t.Error("an ID token is accepted")
	}
	if err := verifyForeign(t, jwtauth.Config{}, "JWT", usual(`,"token_use":"access"`)); err != nil {
		t.Errorf("an access token is refused: %v", err)
	}
}

// The same for the claim typ, as Keycloak writes it.
func TestForeignTypClaim(t *testing.T) {
	if err := verifyForeign(t, jwtauth.Config{}, "JWT", usual(`,"typ":"ID"`)); err == nil {
		t.Error("an ID token is accepted")
	}
	if err := verifyForeign(t, jwtauth.Config{}, "JWT", usual(`,"typ":"Bearer"`)); err != nil {
		t.Errorf("an access token is refused: %v", err)
	}
}

// The same for the header typ: it is there to tell kinds of tokens apart (RFC 8725 §3.11).
func TestForeignTypHeader(t *testing.T) {
	for _, typ := range []string{"secevent+jwt", "dpop+jwt"} {
		if err := verifyForeign(t, jwtauth.Config{}, typ, usual(``)); err == nil {
			t.Errorf("%s is accepted", typ)
		}
	}
	for _, typ := range []string{"JWT", "at+jwt", "application/at+jwt"} { // RFC 9068 §2.1
		if err := verifyForeign(t, jwtauth.Config{}, typ, usual(``)); err != nil {
			t.Errorf("%s is refused: %v", typ, err)
		}
	}
}

// A claim "type" of another issuer's own says nothing about tokens: it is the application's.
func TestForeignTypeOfItsOwn(t *testing.T) {
	if err := verifyForeign(t, jwtauth.Config{}, "JWT", usual(`,"type":"employee"`)); err != nil {
		t.Error(err)
	}
}

// sub is optional (RFC 7519 §4.1.2): with ByClaims the application finds the user by another claim, as a simplejwt site writes user_id.
func TestForeignTokenWithoutSub(t *testing.T) {
	now := time.Now().Unix()
	if err := verifyForeign(t, jwtauth.Config{}, "JWT", fmt.Sprintf(`{"user_id":"7","iat":%d,"exp":%d}`, now, now+60)); err != nil {
		t.Error(err)
	}
}

// iat is optional (RFC 7519 §4.1.6), at least where it is not checked.
func TestForeignTokenWithoutIat(t *testing.T) {
	now := time.Now().Unix()
	if err := verifyForeign(t, jwtauth.Config{Compat: jwtauth.Compat{IgnoreIssuedAt: true}}, "JWT", fmt.Sprintf(`{"sub":"7","exp":%d}`, now+60)); err != nil {
		t.Error(err)
	}
}

// leaf is an authenticator of one's own.
type leaf struct {
	name, challenge string
	id              auth.Identity
	err             error
	declared        []reflect.Type
}

func (l *leaf) Authenticate(*http.Request) (auth.Identity, error) { return l.id, l.err }

func (l *leaf) Declare(method string) (auth.Declaration, error) {
	d := auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{l.name: {}}, Principals: l.declared}},
		Schemes:      map[string]auth.Scheme{l.name: {SecurityScheme: openapi.SecurityScheme{Type: "http", Scheme: l.name}}},
	}
	if l.challenge != "" && method == "POST" {
		d.Challenges = []string{l.challenge}
	}
	return d, nil
}

func who(name string, expires time.Time) *leaf {
	return &leaf{name: name, id: auth.Identity{Principal: name, UserID: "7", Expires: expires}, declared: auth.PrincipalType[string]()}
}

// "Any other error is a fault": one that is joined to a skip is a fault, too, and nobody becomes anonymous by it.
func TestFaultJoinedToASkipIsAFault(t *testing.T) {
	broken := who("a", time.Time{})
	broken.err = errors.Join(auth.ErrSkip, errors.New("the database is on fire"))
	g, err := auth.Compile(auth.Optional(broken), "GET")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := g.Authenticate(httptest.NewRequest("GET", "/", nil)); err == nil {
		t.Errorf("got %T", id.Principal)
	}
}

// An identity of two members ends when the first of them does.
func TestAllOfEndsWithItsFirstMember(t *testing.T) {
	early, late := time.Unix(10, 0), time.Unix(20, 0)
	for _, a := range []auth.Authenticator{auth.AllOf(who("a", late), who("b", early)), auth.AllOf(who("a", early), who("b", late)), auth.AllOf(who("a", time.Time{}), who("b", early))} {
		g, err := auth.Compile(a, "GET")
		if err != nil {
			t.Fatal(err)
		}
		if id, err := g.Authenticate(httptest.NewRequest("GET", "/", nil)); err != nil || !id.Expires.Equal(early) {
			t.Errorf("got %v %v", id.Expires, err)
		}
	}
}

// A member of an AllOf whose principal is not what it declared is our fault, and lets nobody in.
func TestAllOfMemberOfAnotherTypeIsAFault(t *testing.T) {
	liar := who("b", time.Time{})
	liar.id.Principal, liar.declared = 7, auth.PrincipalType[bool]()
	g, err := auth.Compile(auth.AllOf(who("a", time.Time{}), liar), "GET")
	if err != nil {
		t.Fatal(err)
	}
	if id, err := g.Authenticate(httptest.NewRequest("GET", "/", nil)); err == nil {
		t.Errorf("got %v", id.Principal)
	}
}

// A method that nobody knows is unsafe: its challenge is that of unsafe methods.
func TestRequireTakesUnknownMethodsAsUnsafe(t *testing.T) {
	absent := who("a", time.Time{})
	absent.err, absent.challenge = auth.ErrSkip, "Unsafe"
	protect, err := auth.Require(absent, auth.RequireConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if w := send(protect(http.NotFoundHandler()), "PROPFIND", "/", ""); w.Code != 401 || w.Header().Get("WWW-Authenticate") != "Unsafe" {
		t.Errorf("got %d %q", w.Code, w.Header().Get("WWW-Authenticate"))
	}
}

// A handler with a limit by user is tested with a stand-in, in Settings as elsewhere: authtest.As names an account, as every authenticator of users does.
func TestStandInCanBeCounted(t *testing.T) {
	s := general
	s.Auth = authtest.As(&store.User{ID: "1", Username: "zoe"})
	limit := throttle.New(throttle.Limit{Requests: 5, Window: time.Minute, Key: throttle.User()})
	api := build(t, s, rest.Router{Controllers: []rest.Controller{{Path: "/x", Get: rest.Handle(hello, rest.Op{Limits: []rest.Limiter{limit}})}}})
	if w := send(api, "GET", "/x", ""); w.Code != 200 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}
