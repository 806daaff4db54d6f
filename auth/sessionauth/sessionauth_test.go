package sessionauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func Example() {
	db := memory.New()
	alice, err := db.Users().Create(context.Background(), store.User{Username: "alice", Password: "encoded", Active: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: []byte("32 random bytes, from the environment"),
	})

	// A login handler: the password was checked, see password.Checker.
	login := httptest.NewRequest("POST", "https://api.example/login", nil)
	cookies, err := session.Begin(login, auth.Account{ID: alice.ID, Password: alice.Password, Active: true})
	if err != nil {
		fmt.Println(err)
		return
	}

	// Any later request.
	protect, err := auth.Require(session, auth.RequireConfig{})
	if err != nil {
		fmt.Println(err)
		return
	}
	hello := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := auth.PrincipalFrom[*store.User](r.Context())
		fmt.Fprintf(w, "hello %s", user.Username)
	}))
	r := httptest.NewRequest("GET", "https://api.example/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	hello.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 hello alice
}

func ExampleAuth_Only() {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("32 random bytes, from the environment")})
	staff := session.Only("staff_session", func(_ context.Context, u *store.User) error {
		if !u.Staff {
			return auth.ErrSkip
		}
		return nil
	})
	d, err := staff.Declare("POST")
	fmt.Println(d.Alternatives[0].Requirement, err)
	// Output: map[csrf:[] staff_session:[]] <nil>
}

func ExampleAuth_Save() {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("32 random bytes, from the environment")})
	handler := func(w http.ResponseWriter, r *http.Request) {
		s, err := session.Load(r)
		if err == nil {
			err = s.Set("cart", []string{"apple"})
		}
		var cookies []*http.Cookie
		if err == nil {
			cookies, err = session.Save(r, s)
		}
		if err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		for _, c := range cookies {
			http.SetCookie(w, c)
		}
	}
	w := httptest.NewRecorder()
	handler(w, httptest.NewRequest("PUT", "https://api.example/cart", nil))
	fmt.Println(w.Code, strings.HasPrefix(w.Header().Get("Set-Cookie"), "sessionid="))
	// Output: 200 true
}

func TestCookiesThatAreNoSession(t *testing.T) {
	s := newSite(t, noCSRF())
	living := s.login("alice")
	for name, value := range map[string]string{
		"unknown":      strings.Repeat("a", 32),
		"short":        "abc",
		"empty":        "",
		"sql":          "' OR 1=1 --",
		"long":         strings.Repeat("x", 5000),
		"upper case":   strings.ToUpper(living),
		"tampered":     living[:31] + map[bool]string{true: "b", false: "a"}[living[31] == 'a'],
		"with a space": living + " x",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "sessionid="+value)
		_, err := s.auth.Authenticate(r)
		got := auth.ReplyHeader(err).Get("Set-Cookie")
		if !errors.Is(err, auth.ErrSkip) || !strings.HasPrefix(got, "sessionid=; Path=/; ") || !strings.Contains(got, "Max-Age=0") {
			t.Errorf("%s: got %v, cookie %q, want a skip that deletes it", name, err, got)
		}
	}
	r := httptest.NewRequest("GET", "/?sessionid="+living, nil)
	r.Header.Set("Sessionid", living)
	if _, err := s.auth.Authenticate(r); err != auth.ErrSkip {
		t.Errorf("key in query and header: got %v, want ErrSkip", err)
	}
	s.want("after all that", s.who(), "alice")
}

func TestUsersWhoMayNotEnter(t *testing.T) {
	s := newSite(t, noCSRF())
	s.login("alice")
	if err := s.db.Users().SetActive(t.Context(), "1", false); err != nil {
		t.Fatal(err)
	}
	s.want("inactive: the session stays", s.who(), "nobody")
	if err := s.db.Users().SetActive(t.Context(), "1", true); err != nil {
		t.Fatal(err)
	}
	s.want("active again", s.who(), "alice")
	if err := s.db.Users().Delete(t.Context(), "1"); err != nil {
		t.Fatal(err)
	}
	s.want("deleted", s.who(), "nobody")
	s.jar = map[string]string{}
	s.put("cart", "apple")
	s.want("anonymous session", s.who(), "nobody")
}

func TestPasswordChangeEndsSessions(t *testing.T) {
	s := newSite(t, noCSRF())
	s.login("alice")
	if err := s.db.Users().SetPassword(t.Context(), "1", "new"); err != nil {
		t.Fatal(err)
	}
	s.want("after it", s.who(), "gone")
	if s.rows() != 0 {
		t.Error("the row is still there")
	}
}

func TestIdentityTellsTheSession(t *testing.T) {
	s := newSite(t, noCSRF())
	s.login("alice")
	id, err := s.auth.Authenticate(s.request("GET"))
	if err != nil {
		t.Fatal(err)
	}
	session, ok := id.Credential.(*sessionauth.Session)
	if !ok || session.UserID() != "1" || !session.Created().Equal(begun) || !session.Expires().Equal(id.Expires) {
		t.Errorf("got credential %+v", id.Credential)
	}
	if id.By != auth.Authenticator(s.auth) || !id.Expires.Equal(begun.AddDate(0, 0, 14)) {
		t.Errorf("got by %v, until %v", id.By, id.Expires)
	}
}

func TestCSRF(t *testing.T) {
	s := newSite(t, trusting("https://app.example"))
	s.want("anonymous POST", s.ask(s.auth, "POST"), "nobody")
	s.login("alice")
	s.want("GET", s.ask(s.auth, "GET"), "alice")
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "QUERY"} {
		s.header = http.Header{}
		s.want(method+" without token", s.ask(s.auth, method), "CSRF Failed.")
		s.header.Set("X-CSRFToken", s.jar["csrftoken"])
		s.want(method+" with token", s.ask(s.auth, method), "alice")
	}
	s.header.Set("Origin", "https://app.example")
	s.want("trusted origin", s.ask(s.auth, "POST"), "alice")
	s.header.Set("Origin", "https://evil.example")
	s.want("other origin", s.ask(s.auth, "POST"), "CSRF Failed.")
	id, err := s.auth.Identify(s.request("POST"))
	if err != nil || id.Principal.(*store.User).Username != "alice" {
		t.Errorf("Identify: got %+v, %v, want alice without a check", id, err)
	}
}

func TestCSRFInSession(t *testing.T) {
	s := newSite(t, sessionauth.Config{CSRFInSession: true})
	cookies := s.store(s.auth.Begin(s.request("POST"), s.account("alice")))
	if len(cookies) != 1 || cookies[0].Name != "sessionid" {
		t.Errorf("login: got %v, want the session's cookie only", cookies)
	}
	s.want("without token", s.ask(s.auth, "POST"), "CSRF Failed.")
	token, set, err := s.auth.CSRF().Token(s.request("GET"))
	if err != nil || set != nil {
		t.Fatalf("Token: got cookies %v, %v, want none", set, err)
	}
	s.header.Set("X-CSRFToken", token)
	s.want("with token", s.ask(s.auth, "POST"), "alice")
	s.login("alice")
	s.want("the token of before the login", s.ask(s.auth, "POST"), "CSRF Failed.")

	// Another credential of the site shares the check, and needs no login.
	s.jar = map[string]string{}
	s.store(s.auth.CSRF().Rotate(s.request("POST")))
	if s.jar["sessionid"] == "" {
		t.Fatal("Rotate made no anonymous session")
	}
	token, _, err = s.auth.CSRF().Token(s.request("GET"))
	if err != nil {
		t.Fatal(err)
	}
	s.header.Set("X-CSRFToken", token)
	if err := s.auth.CSRF().Check(s.request("POST")); err != nil {
		t.Errorf("with the token: %v", err)
	}
	s.header.Set("X-CSRFToken", strings.Repeat("b", 32))
	if s.auth.CSRF().Check(s.request("POST")) == nil {
		t.Error("a wrong token was accepted")
	}
}

func TestOnly(t *testing.T) {
	s := newSite(t, sessionauth.Config{})
	skip := s.auth.Only("carols", func(_ context.Context, u *store.User) error {
		if u.Username != "carol" {
			return auth.ErrSkip
		}
		return nil
	})
	stop := s.auth.Only("carols_or_stop", func(_ context.Context, u *store.User) error {
		if u.Username != "carol" {
			return &auth.Error{Status: 403, Msg: "Carol only"}
		}
		return nil
	}, auth.Refusal{Status: 403, Description: "Not carol"})
	s.login("alice")
	s.want("alice, skip", s.ask(skip, "GET"), "nobody")
	s.want("alice, skip comes before the CSRF check", s.ask(skip, "POST"), "nobody")
	s.want("alice, stop", s.ask(stop, "GET"), "Carol only")
	s.want("alice, the other authenticator", s.who(), "alice")
	s.login("carol")
	s.want("carol, skip", s.ask(skip, "GET"), "carol")
	s.want("carol, stop", s.ask(stop, "GET"), "carol")
	s.want("carol still needs a token", s.ask(stop, "POST"), "CSRF Failed.")
	if id, _ := skip.Authenticate(s.request("GET")); id.By != auth.Authenticator(skip) || skip.SchemeName() != "carols" {
		t.Errorf("got by %v, scheme %q", id.By, skip.SchemeName())
	}
	d, err := stop.Declare("GET")
	if err != nil || len(d.Refusals) != 1 || d.Schemes["carols_or_stop"].Name != "sessionid" {
		t.Errorf("declared %+v, %v", d, err)
	}
	if _, err := auth.Compile(auth.AnyOf(s.auth, skip, stop), "POST"); err != nil {
		t.Errorf("side by side: %v", err)
	}
}

func TestStoreThatFails(t *testing.T) {
	down := errors.New("disk on fire")
	s := newSite(t, noCSRF())
	failing := &broken{Store: s.db.Sessions()}
	s.auth = s.build(sessionauth.Config{InsecureNoCSRF: true, Idle: time.Hour}, failing)
	s.login("alice")

	failing.write = down
	s.now = s.now.Add(30 * time.Minute)
	s.want("a use that cannot be recorded", s.who(), "alice")
	if _, err := s.auth.End(s.request("POST")); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("End: got %v, want ErrUnavailable", err)
	}
	jar := s.jar
	s.jar = map[string]string{}
	if _, err := s.auth.Begin(s.request("POST"), s.account("alice")); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("Begin: got %v, want ErrUnavailable", err)
	}
	s.jar = jar
	failing.read = down
	if _, err := s.auth.Authenticate(s.request("GET")); !errors.Is(err, auth.ErrUnavailable) || !errors.Is(err, down) {
		t.Errorf("Authenticate: got %v, want ErrUnavailable with its cause", err)
	}
	if _, err := s.auth.Load(s.request("GET")); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("Load: got %v, want ErrUnavailable", err)
	}
}

func TestRefusalWithoutCookieCostsNothing(t *testing.T) {
	s := newSite(t, sessionauth.Config{})
	r := httptest.NewRequest("POST", "/", nil)
	r.Header.Set("Cookie", "theme=dark; other=1")
	if got := testing.AllocsPerRun(100, func() { _, _ = s.auth.Authenticate(r) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

// joining is a store that reads users too.
type joining struct {
	*memory.Sessions
	users *memory.Users
	reads int
}

func (j *joining) JoinsUsers(users auth.Users[*store.User]) bool { return users == j.users }

func (j *joining) WithUser(ctx context.Context, key string) (store.Session, *store.User, auth.Account, error) {
	j.reads++
	row, err := j.Session(ctx, key)
	if err != nil {
		return row, nil, auth.Account{}, err
	}
	user, account, err := j.users.ByID(ctx, row.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return row, nil, auth.Account{}, nil
	}
	return row, user, account, err
}

func TestJoinedRead(t *testing.T) {
	s := newSite(t, noCSRF())
	j := &joining{Sessions: s.db.Sessions(), users: s.db.Users()}
	s.auth = s.build(noCSRF(), j)
	key := s.login("alice")
	s.want("joined", s.who(), "alice")
	if j.reads != 1 {
		t.Errorf("got %d joined reads, want 1", j.reads)
	}
	row := s.raw(key)
	row.UserID = "2" // not signed: must not decide
	if err := s.db.Sessions().Update(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	s.want("a row that says carol", s.who(), "alice")
	row.UserID = "99"
	if err := s.db.Sessions().Update(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	s.want("a row that says nobody", s.who(), "alice")
	s.jar["sessionid"] = strings.Repeat("a", 32)
	s.want("unknown key", s.who(), "gone")
	s.jar["sessionid"] = "x"
	s.want("malformed key", s.who(), "gone")
}

func FuzzAuthenticate(f *testing.F) {
	db := memory.New()
	a := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	signer := signing.NewSigner("django.contrib.sessions.SessionStore", secret)
	f.Add("sessionid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", `{"_auth_user_id":"1"}`)
	f.Add(`sessionid="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; sessionid=`, `[]`)
	f.Add("sessionid=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", `{"_auth_user_id":1,"_session_expiry":"x"}`)
	f.Fuzz(func(t *testing.T, line, payload string) {
		row := store.Session{Key: strings.Repeat("a", 32), Data: signer.Dump([]byte(payload), begun), Expires: time.Now().Add(time.Hour)}
		_ = db.Sessions().Delete(t.Context(), row.Key)
		if err := db.Sessions().Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Cookie"] = []string{line}
		if _, err := a.Authenticate(r); !errors.Is(err, auth.ErrSkip) {
			t.Errorf("%q, %q: got %v, want a skip: there are no users", line, payload, err)
		}
	})
}

func BenchmarkAuthenticate(b *testing.B) {
	db := memory.New()
	if _, err := db.Users().Create(b.Context(), store.User{Username: "alice", Password: "encoded", Active: true}); err != nil {
		b.Fatal(err)
	}
	a := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret})
	cookies, err := a.Begin(httptest.NewRequest("POST", "/", nil), auth.Account{ID: "1", Password: "encoded", Active: true})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Authenticate(r); err != nil {
			b.Fatal(err)
		}
	}
}

// Data of a visitor, also of one who has not logged in.
func ExampleSession() {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("32 random bytes, from the environment")})
	first := httptest.NewRequest("PUT", "https://api.example/cart", nil)
	s, err := session.Load(first)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.Set("cart", []string{"apple"}); err != nil {
		fmt.Println(err)
		return
	}
	cookies, err := session.Save(first, s)
	if err != nil {
		fmt.Println(err)
		return
	}

	next := httptest.NewRequest("GET", "https://api.example/cart", nil)
	for _, cookie := range cookies {
		next.AddCookie(cookie)
	}
	s, err = session.Load(next)
	if err != nil {
		fmt.Println(err)
		return
	}
	var cart []string
	found, err := s.Get("cart", &cart)
	fmt.Println(cart, found, err, s.UserID() == "")
	// Output: [apple] true <nil> true
}
