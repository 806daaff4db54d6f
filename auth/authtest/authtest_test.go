package authtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/authtest"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func request(method string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "https://api.example/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

var errDown = errors.New("connection to 10.0.0.1 refused")

// down is a table of users that cannot be asked.
type down struct{ auth.Users[*store.User] }

func (down) ByID(context.Context, string) (*store.User, auth.Account, error) {
	return nil, auth.Account{}, errDown
}

var secret = []byte(strings.Repeat("s", 50))

func users(t *testing.T) *memory.DB {
	t.Helper()
	db := memory.New()
	for _, user := range []store.User{{Username: "alice", Active: true}, {Username: "bob"}} {
		if _, err := db.Users().Create(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func basic(*testing.T) authtest.Subject {
	cfg := basicauth.Config{}
	return authtest.Subject{
		Auth:     basicauth.New(basicauth.Static(map[string]string{"alice": "pass"}), cfg),
		Absent:   request("GET"),
		Accepted: request("GET", "Authorization", "Basic YWxpY2U6cGFzcw=="),
		Refused: map[string]*http.Request{
			"not base64": request("GET", "Authorization", "Basic %%%"), "no colon": request("GET", "Authorization", "Basic YWxpY2U="),
			"wrong password": request("GET", "Authorization", "Basic YWxpY2U6bm9wZQ=="),
		},
		Skipped: map[string]*http.Request{"scheme": request("GET", "Authorization", "Bearer x")},
		Down: basicauth.New(func(context.Context, string, string) (string, error) {
			return "", auth.Unavailable(errDown)
		}, cfg),
	}
}

func jwt(t *testing.T) authtest.Subject {
	db := users(t)
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	of := func(id string) string {
		pair, err := tokens.Issue(t.Context(), auth.Account{ID: id, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + pair.Access
	}
	return authtest.Subject{
		Auth:     tokens.Header(),
		Absent:   request("GET"),
		Accepted: request("GET", "Authorization", "Bearer "+pair.Access),
		Refused: map[string]*http.Request{
			"junk": request("GET", "Authorization", "Bearer x"), "signature": request("GET", "Authorization", "Bearer "+pair.Access+"x"),
			"refresh": request("GET", "Authorization", "Bearer "+pair.Refresh),
			"unknown": request("GET", "Authorization", of("9")), "inactive": request("GET", "Authorization", of("2")),
		},
		Skipped: map[string]*http.Request{"scheme": request("GET", "Authorization", "Basic x")},
		Down:    jwtauth.New[*store.User](down{}, jwtauth.Config{Secret: secret}).Header(),
		End:     deactivate(t, db),
	}
}

// deactivate ends what alice was let in with.
func deactivate(t *testing.T, db *memory.DB) func() error {
	return func() error { return db.Users().SetActive(t.Context(), "1", false) }
}

func jwtCookie(t *testing.T) authtest.Subject {
	db := users(t)
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret})
	set, err := tokens.Begin(request("POST"), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	line := "access_token=" + set[0].Value + "; csrftoken=" + set[2].Value
	return authtest.Subject{
		Auth:     tokens.Cookie(),
		Absent:   request("POST"),
		Accepted: request("POST", "Cookie", line, "X-CSRFToken", set[2].Value, "Origin", "https://api.example"),
		Refused:  map[string]*http.Request{"no CSRF token": request("POST", "Cookie", line), "junk": request("GET", "Cookie", "access_token=x")},
		Skipped:  map[string]*http.Request{"empty": request("GET", "Cookie", "access_token=")},
		Down:     jwtauth.New[*store.User](down{}, jwtauth.Config{Secret: secret}).Cookie(),
		End:      deactivate(t, db),
	}
}

func apiToken(t *testing.T) authtest.Subject {
	db := users(t)
	tokens := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret})
	raw, _, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true}, tokenauth.Grant{})
	if err != nil {
		t.Fatal(err)
	}
	return authtest.Subject{
		Auth:     tokens.Header(),
		Absent:   request("GET"),
		Accepted: request("GET", "X-API-Token", raw),
		Refused:  map[string]*http.Request{"unknown": request("GET", "X-API-Token", "x"), "empty": request("GET", "X-API-Token", "")},
		Skipped:  map[string]*http.Request{"cookie": request("GET", "Cookie", "token="+raw)},
		Down:     tokenauth.New[*store.User](down{}, db.Tokens(), tokenauth.Config{Secret: secret}).Header(),
		End:      func() error { _, err := tokens.EndAll(t.Context(), "1", ""); return err },
	}
}

func session(t *testing.T) authtest.Subject {
	db := users(t)
	a := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	cookies, err := a.Begin(request("POST"), auth.Account{ID: "1", Username: "alice", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	header := ""
	token := ""
	for _, c := range cookies {
		header += c.Name + "=" + c.Value + "; "
		if c.Name == "csrftoken" {
			token = c.Value
		}
	}
	return authtest.Subject{
		Auth:     a,
		Absent:   request("POST"),
		Accepted: request("POST", "Cookie", header, "X-CSRFToken", token, "Origin", "https://api.example"),
		Refused:  map[string]*http.Request{"no token": request("POST", "Cookie", header), "foreign": request("POST", "Cookie", header, "X-CSRFToken", token, "Origin", "https://evil.example")},
		Skipped:  map[string]*http.Request{"unknown": request("POST", "Cookie", "sessionid=abcdefghijklmnopqrstuvwxyz012345")},
		Down:     sessionauth.New[*store.User](down{}, db.Sessions(), sessionauth.Config{Secret: secret}),
		End:      func() error { _, err := a.EndAll(t.Context(), "1", ""); return err },
	}
}

func guard(*testing.T) authtest.Subject {
	return authtest.Subject{
		Auth: csrf.CrossOrigin(csrf.CrossOriginConfig{}), Accepted: request("POST"),
		Refused: map[string]*http.Request{"cross-site": request("POST", "Sec-Fetch-Site", "cross-site")},
	}
}

type downFamilies struct{ jwtauth.Families }

func (downFamilies) Family(context.Context, string) (store.Family, error) {
	return store.Family{}, errDown
}

// TestBackends holds every backend and combinator against the contract. A new one
// is a line.
func TestBackends(t *testing.T) {
	combined := func(combine func(...auth.Authenticator) auth.Authenticator, of func(*testing.T) authtest.Subject) func(*testing.T) authtest.Subject {
		return func(t *testing.T) authtest.Subject {
			s := of(t)
			s.Auth, s.Down = combine(s.Auth), combine(s.Down)
			return s
		}
	}
	for name, subject := range map[string]func(*testing.T) authtest.Subject{
		"basicauth": basic, "jwtauth": jwt, "jwtauth cookie": jwtCookie, "tokenauth": apiToken, "sessionauth": session, "csrf.CrossOrigin": guard,
		"AnyOf": combined(auth.AnyOf, jwt), "AllOf": combined(auth.AllOf, basic),
		"jwt family": func(t *testing.T) authtest.Subject {
			s, db := jwt(t), users(t)
			alive := func(families jwtauth.Families) *jwtauth.Issuer[*store.User] {
				return jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Families: families})
			}
			tokens := alive(db.Families())
			login := func() *http.Request {
				pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
				if err != nil {
					t.Fatal(err)
				}
				return request("GET", "Authorization", "Bearer "+pair.Access)
			}
			ended := login()
			if _, err := tokens.EndAll(t.Context(), "1", ""); err != nil {
				t.Fatal(err)
			}
			s.Refused = map[string]*http.Request{"logged out": ended, "of no family": s.Accepted}
			s.Auth, s.Accepted = tokens.Header(), login()
			s.Down = alive(downFamilies{db.Families()}).Header()
			s.End = func() error { _, err := tokens.EndAll(t.Context(), "1", ""); return err }
			return s
		},
		"Fallthrough": func(t *testing.T) authtest.Subject {
			s := jwt(t)
			s.Auth, s.Down = auth.Fallthrough(s.Auth), auth.Fallthrough(s.Down)
			s.Skipped, s.Refused = s.Refused, nil // the next one is asked; the chain reports it
			return s
		},
		"Narrow": func(t *testing.T) authtest.Subject {
			s := jwt(t)
			same := func(_ context.Context, user *store.User) (*store.User, error) { return user, nil }
			s.Auth, s.Down = auth.Narrow(s.Auth, same), auth.Narrow(s.Down, same)
			return s
		},
	} {
		t.Run(name, func(t *testing.T) { authtest.Run(t, subject) })
	}
}

// broken is an authenticator with one fault.
type broken struct {
	authenticate func(*http.Request) (auth.Identity, error)
	declare      func(*auth.Declaration)
}

func (b *broken) Authenticate(r *http.Request) (auth.Identity, error) {
	if b.authenticate != nil {
		return b.authenticate(r)
	}
	switch r.Header.Get("X-Key") {
	case "":
		return auth.Identity{}, auth.ErrSkip
	case "good":
		return auth.Identity{Principal: "alice"}, nil
	}
	return auth.Identity{}, auth.Refuse("wrong key")
}

func (b *broken) Declare(string) (auth.Declaration, error) {
	d := auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{"key": {}}, Principals: auth.PrincipalType[string]()}},
		Schemes:      map[string]auth.Scheme{"key": {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Key"}}},
	}
	if b.declare != nil {
		b.declare(&d)
	}
	return d, nil
}

// TestKitGoesRed breaks each promise once.
func TestKitGoesRed(t *testing.T) {
	sound := &broken{}
	calls := atomic.Int64{}
	subject := func(b *broken) authtest.Subject {
		return authtest.Subject{
			Auth: b, Absent: request("GET"), Accepted: request("GET", "X-Key", "good"), Refused: map[string]*http.Request{"bad": request("GET", "X-Key", "bad")},
			Skipped: map[string]*http.Request{"empty": request("GET", "X-Key", "")}, Down: authtest.Deny[string](auth.Unavailable(errDown)),
		}
	}
	if found := authtest.Findings(subject(sound)); len(found) > 0 {
		t.Errorf("a sound authenticator: %v", found)
	}
	wrap := func(f func(r *http.Request, id auth.Identity, err error) (auth.Identity, error)) *broken {
		return &broken{authenticate: func(r *http.Request) (auth.Identity, error) {
			id, err := sound.Authenticate(r)
			return f(r, id, err)
		}}
	}
	for name, c := range map[string]struct {
		check string
		auth  *broken
	}{
		"absent is refused": {"outcomes", wrap(func(_ *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			if errors.Is(err, auth.ErrSkip) {
				return id, auth.Refuse("absent")
			}
			return id, err
		})},
		"refused is skipped": {"outcomes", wrap(func(_ *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			if err != nil {
				return id, auth.ErrSkip
			}
			return id, err
		})},
		"nil principal": {"outcomes", wrap(func(_ *http.Request, _ auth.Identity, err error) (auth.Identity, error) { return auth.Identity{}, err })},
		"nil pointer": {"outcomes", wrap(func(_ *http.Request, _ auth.Identity, err error) (auth.Identity, error) {
			return auth.Identity{Principal: (*string)(nil)}, err
		})},
		"undeclared type": {"outcomes", wrap(func(_ *http.Request, _ auth.Identity, err error) (auth.Identity, error) {
			return auth.Identity{Principal: 7}, err
		})},
		"undeclared status": {"outcomes", wrap(func(_ *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			if errors.As(err, new(*auth.Error)) {
				return id, &auth.Error{Status: 402}
			}
			return id, err
		})},
		"shown cause": {"outcomes", wrap(func(_ *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			if errors.As(err, new(*auth.Error)) {
				return id, &auth.Error{Msg: "no: wrong key", Err: errors.New("wrong key")}
			}
			return id, err
		})},
		"scheme is not described": {"declaration", &broken{declare: func(d *auth.Declaration) { d.Schemes = nil }}},
		"bad challenge":           {"declaration", &broken{declare: func(d *auth.Declaration) { d.Challenges = []string{`Key realm="x`} }}},
		"unstable declaration":    {"declaration", &broken{declare: func(d *auth.Declaration) { d.Vary = []string{fmt.Sprint(calls.Add(1))} }}},
		"reads the body": {"body is not read", wrap(func(r *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			_, _ = r.Body.Read(make([]byte, 1))
			return id, err
		})},
		"changes the request": {"request is not changed", wrap(func(r *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			r.Header.Del("X-Key")
			return id, err
		})},
		"has a memory": {"concurrent use", wrap(func(_ *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			if calls.Add(1)%3 == 0 {
				return auth.Identity{}, auth.ErrSkip
			}
			return id, err
		})},
		"panics": {"hostile values", wrap(func(r *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			if len(r.Header["X-Key"]) > 1 {
				panic("two lines")
			}
			return id, err
		})},
		"fault": {"hostile values", wrap(func(r *http.Request, id auth.Identity, err error) (auth.Identity, error) {
			if len(r.Header.Get("X-Key")) > 1000 {
				return id, errors.New("too long")
			}
			return id, err
		})},
	} {
		if found := authtest.Findings(subject(c.auth)); len(found[c.check]) == 0 {
			t.Errorf("%s: the check %q found nothing; all findings: %v", name, c.check, found)
		}
	}
	forgetful := subject(sound)
	forgetful.End = func() error { return nil }
	if found := authtest.Findings(forgetful); len(found["recheck"]) == 0 {
		t.Error("an identity that outlives its credential: nothing was found")
	}
	lying := subject(sound)
	lying.Down = authtest.Deny[string](errDown)
	if found := authtest.Findings(lying); len(found["store down"]) == 0 {
		t.Error("a store that is down as a fault: nothing was found")
	}
}

func ExampleAs() {
	greet := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := auth.PrincipalFrom[*store.User](r.Context())
		fmt.Println("hello,", user.Username)
	})
	protect, err := auth.Require(authtest.As(&store.User{Username: "alice"}), auth.RequireConfig{})
	if err != nil {
		panic(err)
	}
	protect(greet).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	// Output: hello, alice
}

func ExampleDeny() {
	protect, err := auth.Require(authtest.Deny[*store.User](auth.ErrUnavailable), auth.RequireConfig{})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	protect(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code)
	// Output: 503
}
