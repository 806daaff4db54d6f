package tokenauth_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

var (
	secret = []byte(strings.Repeat("s", 40))
	now    = time.Unix(1_790_000_000, 0)
	alice  = auth.Account{ID: "1", Username: "alice", Active: true}
)

// site is a table of users and tokens; alice is 1, bob, 2, is inactive.
func site(t testing.TB) *memory.DB {
	t.Helper()
	db := memory.New()
	for _, user := range []store.User{{Username: "alice", Active: true}, {Username: "bob"}} {
		if _, err := db.Users().Create(t.Context(), user); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func newAuth(t testing.TB, db *memory.DB, cfg tokenauth.Config) *tokenauth.Auth[*store.User] {
	t.Helper()
	if cfg.Secret == nil {
		cfg.Secret = secret
	}
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return now }
	}
	a := tokenauth.New(db.Users(), db.Tokens(), cfg)
	if _, err := a.Header().Declare("GET"); err != nil {
		t.Fatal(err)
	}
	return a
}

func issue(t testing.TB, a *tokenauth.Auth[*store.User], grant tokenauth.Grant) (string, store.Token) {
	t.Helper()
	raw, row, err := a.Issue(t.Context(), alice, grant)
	if err != nil {
		t.Fatal(err)
	}
	return raw, row
}

// TestVectors: the hashes are Django's.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/opaque_tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			ID, Raw, Key, Hash string
			Algorithm, Salt    string
			Valid              bool
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, v := range file.Vectors {
		cfg := tokenauth.Config{Secret: []byte(v.Key), Salt: v.Salt, SHA512: v.Algorithm == "sha512"}
		played++
		db := site(t)
		if _, err := db.Tokens().CreateToken(t.Context(), store.Token{UserID: "1", Hash: v.Hash}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := newAuth(t, db, cfg).Verify(t.Context(), v.Raw); (err == nil) != v.Valid {
			t.Errorf("%s: got %v, want accepted: %t", v.ID, err, v.Valid)
		}
	}
	if played < 43 {
		t.Errorf("got %d vectors", played)
	}
}

func request(method string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, "https://api.example/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func TestOutcomes(t *testing.T) {
	db := site(t)
	a := newAuth(t, db, tokenauth.Config{})
	good, _ := issue(t, a, tokenauth.Grant{})
	old, _ := issue(t, newAuth(t, db, tokenauth.Config{Now: func() time.Time { return now.Add(-time.Hour) }}), tokenauth.Grant{Lifetime: time.Hour})
	salted, _ := issue(t, newAuth(t, db, tokenauth.Config{Salt: "other"}), tokenauth.Grant{})
	revoked, row := issue(t, a, tokenauth.Grant{})
	if err := a.Revoke(t.Context(), "1", row.ID); err != nil {
		t.Fatal(err)
	}
	bearer := newAuth(t, db, tokenauth.Config{Header: auth.Header{Name: "authorization", Scheme: "Bearer"}})
	for name, c := range map[string]struct {
		by   auth.Authenticator
		r    *http.Request
		want string // accepted, skipped, or the cause of a refusal
	}{
		"absent":              {a.Header(), request("GET"), "skipped"},
		"good":                {a.Header(), request("GET", "X-API-Token", good), "accepted"},
		"empty":               {a.Header(), request("GET", "X-API-Token", ""), "unknown"},
		"upper case":          {a.Header(), request("GET", "X-API-Token", strings.ToUpper(good)), "unknown"},
		"a prefix":            {a.Header(), request("GET", "X-API-Token", "Token "+good), "unknown"},
		"two lines":           {a.Header(), request("GET", "X-API-Token", good, "X-API-Token", good), "unknown"},
		"long":                {a.Header(), request("GET", "X-API-Token", strings.Repeat("x", 1<<20)), "form"},
		"expired this second": {a.Header(), request("GET", "X-API-Token", old), "expired"},
		"revoked":             {a.Header(), request("GET", "X-API-Token", revoked), "revoked"},
		"another salt":        {a.Header(), request("GET", "X-API-Token", salted), "unknown"},
		"in a cookie":         {a.Header(), request("GET", "Cookie", "token="+good), "skipped"},
		"bearer":              {bearer.Header(), request("GET", "Authorization", "bearer  "+good), "accepted"},
		"bearer, bare":        {bearer.Header(), request("GET", "Authorization", good), "skipped"},
		"bearer, other":       {bearer.Header(), request("GET", "Authorization", "Basic "+good), "skipped"},
		"cookie":              {a.Cookie(), request("GET", "Cookie", "token="+good), "accepted"},
		"cookie, absent":      {a.Cookie(), request("POST"), "skipped"},
		"cookie, empty":       {a.Cookie(), request("POST", "Cookie", "token="), "skipped"},
		"cookie, junk":        {a.Cookie(), request("GET", "Cookie", "token=x"), "unknown"},
		"cookie, no CSRF":     {a.Cookie(), request("POST", "Cookie", "token="+good), "CSRF"},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := c.by.Authenticate(c.r)
			refusal := new(auth.Error)
			switch {
			case c.want == "accepted":
				row, _ := id.Credential.(*store.Token)
				if err != nil || id.Principal.(*store.User).Username != "alice" || row.UserID != "1" || !id.Expires.Equal(row.Expires) {
					t.Errorf("got %+v, %v", id, err)
				}
			case c.want == "skipped":
				if !errors.Is(err, auth.ErrSkip) {
					t.Errorf("got %v, want a skip", err)
				}
			case !errors.As(err, &refusal) || !strings.Contains(err.Error(), c.want):
				t.Errorf("got %v, want a refusal because of %q", err, c.want)
			}
		})
	}
	if err := db.Users().SetActive(t.Context(), "1", false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Verify(t.Context(), good); err == nil || !strings.Contains(err.Error(), "inactive") {
		t.Errorf("an inactive user: got %v", err)
	}
}

func TestIssue(t *testing.T) {
	db := site(t)
	a := newAuth(t, db, tokenauth.Config{})
	raw, row := issue(t, a, tokenauth.Grant{})
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(raw) || len(row.Name) != 32 || len(row.Hash) != 64 || strings.Contains(row.Hash, raw) || !row.Expires.Equal(now.AddDate(0, 0, 30)) {
		t.Errorf("got %s, %+v", raw, row)
	}
	if _, row := issue(t, a, tokenauth.Grant{Name: "cli", Lifetime: -1}); row.Name != "cli" || !row.Expires.IsZero() {
		t.Errorf("got %+v", row)
	}
	for _, who := range []auth.Account{{ID: "2"}, {Active: true}} {
		if _, _, err := a.Issue(t.Context(), who, tokenauth.Grant{}); !errors.As(err, new(*auth.Error)) {
			t.Errorf("%+v: got %v, want a refusal", who, err)
		}
	}
	list, err := a.List(t.Context(), "1")
	if err != nil || len(list) != 2 || list[0].Name != "cli" {
		t.Errorf("got %+v, %v", list, err)
	}
	if err := a.Revoke(t.Context(), "2", list[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another user's token: got %v", err)
	}
	if err := a.Revoke(t.Context(), "1", list[0].ID); err != nil {
		t.Fatal(err)
	}
	if list, _ := a.List(t.Context(), "1"); len(list) != 1 {
		t.Errorf("after Revoke: got %+v", list)
	}
}

// TestExpiredTokensAreNotListed: a row stays until it is swept.
func TestExpiredTokensAreNotListed(t *testing.T) {
	at := now
	a := newAuth(t, site(t), tokenauth.Config{Now: func() time.Time { return at }})
	issue(t, a, tokenauth.Grant{Lifetime: time.Hour})
	for _, test := range []struct {
		after time.Duration
		want  int
	}{{time.Hour - time.Second, 1}, {time.Hour, 0}} {
		at = now.Add(test.after)
		if list, err := a.List(t.Context(), "1"); err != nil || len(list) != test.want {
			t.Errorf("%v later: got %v, %v, want %d", test.after, list, err, test.want)
		}
	}
}

// TestInvalidToken: the challenge says that it is the token's fault (RFC 6750 §3.1).
func TestInvalidToken(t *testing.T) {
	for _, test := range []struct {
		header auth.Header
		compat tokenauth.Compat
		sent   string
		want   string
	}{
		{auth.Header{Name: "Authorization", Scheme: "Bearer"}, tokenauth.Compat{}, "Bearer x", `Bearer realm="api", error="invalid_token"`},
		{auth.Header{Name: "Authorization", Scheme: "Bearer", Realm: "shop"}, tokenauth.Compat{}, "Bearer x", `Bearer realm="shop", error="invalid_token"`},
		{auth.Header{Name: "Authorization", Scheme: "Bearer"}, tokenauth.Compat{BareChallenge: true}, "Bearer x", `Bearer error="invalid_token"`},
		{auth.Header{Name: "Authorization", Scheme: "Bearer"}, tokenauth.Compat{}, "", `Bearer realm="api"`},
		{auth.Header{Name: "Authorization", Scheme: "Bearer"}, tokenauth.Compat{BareChallenge: true}, "", `Bearer`},
		{auth.Header{Name: "Authorization", Scheme: "Bearer"}, tokenauth.Compat{NoErrorCode: true}, "Bearer x", `Bearer realm="api"`},
		{auth.Header{Name: "Authorization", Scheme: "Token"}, tokenauth.Compat{}, "Token x", `Token realm="api"`},
	} {
		protect, err := auth.Require(newAuth(t, site(t), tokenauth.Config{Header: test.header, Compat: test.compat}).Header(), auth.RequireConfig{})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		protect(http.NotFoundHandler()).ServeHTTP(w, request("GET", "Authorization", test.sent))
		if got := w.Header().Get("WWW-Authenticate"); w.Code != 401 || got != test.want {
			t.Errorf("%+v, %q: got %d %q, want %q", test.header, test.sent, w.Code, got, test.want)
		}
	}
}

func TestSecretRotation(t *testing.T) {
	db := site(t)
	raw, _ := issue(t, newAuth(t, db, tokenauth.Config{}), tokenauth.Grant{})
	next := []byte(strings.Repeat("n", 40))
	if _, _, err := newAuth(t, db, tokenauth.Config{Secret: next}).Verify(t.Context(), raw); err == nil {
		t.Error("accepted under another secret")
	}
	rotated := newAuth(t, db, tokenauth.Config{Secret: next, Fallbacks: [][]byte{secret}})
	if _, _, err := rotated.Verify(t.Context(), raw); err != nil {
		t.Errorf("under a fallback: %v", err)
	}
	fresh, _ := issue(t, rotated, tokenauth.Grant{})
	if _, _, err := newAuth(t, db, tokenauth.Config{Secret: next}).Verify(t.Context(), fresh); err != nil {
		t.Errorf("a new one under the new secret: %v", err)
	}
}

func TestPrefix(t *testing.T) {
	db := site(t)
	a := newAuth(t, db, tokenauth.Config{Prefix: "acme"})
	raw, _ := issue(t, a, tokenauth.Grant{})
	if !regexp.MustCompile(`^acme_[A-Za-z0-9_-]{49}$`).MatchString(raw) {
		t.Errorf("got %s", raw)
	}
	if _, _, err := a.Verify(t.Context(), raw); err != nil {
		t.Error(err)
	}
	plain, _ := issue(t, newAuth(t, db, tokenauth.Config{}), tokenauth.Grant{})
	broken := []byte(raw)
	broken[10] ^= 1
	silent := tokenauth.New(db.Users(), tokenauth.Store(nothing{}), tokenauth.Config{Secret: secret, Prefix: "acme"})
	for name, text := range map[string]string{"mistyped": string(broken), "no prefix": plain, "the prefix alone": "acme_", "empty": ""} {
		if _, _, err := silent.Verify(t.Context(), text); err == nil || !strings.Contains(err.Error(), "form") {
			t.Errorf("%s: got %v, want a refusal that asks no store", name, err)
		}
	}
}

// nothing is a store that must not be asked, or is down.
type nothing struct{ tokenauth.Store }

func (nothing) Token(context.Context, string) (store.Token, error) {
	return store.Token{}, errors.New("10.0.0.1 is down")
}

func TestStoreIsDown(t *testing.T) {
	a := tokenauth.New(site(t).Users(), tokenauth.Store(nothing{}), tokenauth.Config{Secret: secret})
	if _, _, err := a.Verify(t.Context(), "x"); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v, want ErrUnavailable", err)
	}
}

// forgetful cannot record a use.
type forgetful struct{ tokenauth.Store }

func (forgetful) TouchToken(context.Context, int64, time.Time) error { return errors.New("read-only") }

func TestTrackUse(t *testing.T) {
	db := site(t)
	clock := now
	a := newAuth(t, db, tokenauth.Config{TrackUse: true, Now: func() time.Time { return clock }})
	raw, row := issue(t, a, tokenauth.Grant{})
	for _, step := range []struct{ after, want time.Duration }{{0, 0}, {59 * time.Second, 0}, {time.Second, time.Minute}} {
		clock = clock.Add(step.after)
		if _, _, err := a.Verify(t.Context(), raw); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Tokens().Token(t.Context(), row.Hash); err != nil || !got.LastUsed.Equal(now.Add(step.want)) {
			t.Errorf("after %v: got %v, want %v", clock.Sub(now), got.LastUsed, now.Add(step.want))
		}
	}
	if _, _, err := newAuth(t, db, tokenauth.Config{}).Verify(t.Context(), raw); err != nil {
		t.Fatal(err)
	}
	deaf := tokenauth.New(db.Users(), tokenauth.Store(forgetful{db.Tokens()}), tokenauth.Config{
		Secret: secret, TrackUse: true, Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now.Add(time.Hour) },
	})
	if _, _, err := deaf.Verify(t.Context(), raw); err != nil {
		t.Errorf("a use that cannot be recorded failed the request: %v", err)
	}
}

func TestDeclare(t *testing.T) {
	db := site(t)
	for name, c := range map[string]struct {
		header          auth.Header
		kind, challenge string
	}{
		"default":      {auth.Header{}, "apiKey", ""},
		"bearer":       {auth.Header{Name: "Authorization", Scheme: "Bearer"}, "http", `Bearer realm="api"`},
		"another":      {auth.Header{Name: "Authorization", Scheme: "Token"}, "apiKey", `Token realm="api"`},
		"bare":         {auth.Header{Name: "Authorization"}, "apiKey", ""},
		"no challenge": {auth.Header{Name: "Authorization", Scheme: "Bearer", NoChallenge: true}, "http", ""},
	} {
		d, err := newAuth(t, db, tokenauth.Config{Header: c.header}).Header().Declare("GET")
		if err != nil || d.Schemes["token"].Type != c.kind || strings.Join(d.Challenges, "") != c.challenge {
			t.Errorf("%s: got %+v, %v", name, d, err)
		}
	}
	if _, err := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret, Header: auth.Header{Realm: "a\nb"}}).Header().Declare("GET"); err == nil || !strings.Contains(err.Error(), "Header.Realm has a control character") {
		t.Errorf("a line in the realm: got %v", err)
	}
	if _, err := tokenauth.New(db.Users(), (*memory.Tokens)(nil), tokenauth.Config{Secret: secret}).Header().Declare("GET"); err == nil || !strings.Contains(err.Error(), "must not be nil") {
		t.Errorf("a typed nil store: got %v", err)
	}
	a := newAuth(t, db, tokenauth.Config{})
	post, _ := a.Cookie().Declare("POST")
	if len(post.Alternatives[0].Requirement) != 2 || post.Refusals[0].Status != 403 {
		t.Errorf("got %+v", post)
	}
	if _, err := auth.Compile(auth.AnyOf(a.Header(), newAuth(t, site(t), tokenauth.Config{}).Header()), "GET"); err == nil {
		t.Error("one name for two tables: got nil")
	}
	for want, cfg := range map[string]tokenauth.Config{
		"Secret has 0 bytes": {}, "Secret has 5 bytes": {Secret: []byte("short")}, "Fallbacks[0] has 1 bytes": {Secret: secret, Fallbacks: [][]byte{{1}}},
		"Size is 8 bytes": {Secret: secret, Size: 8}, "Prefix": {Secret: secret, Prefix: "a-b"}, "Scheme": {Secret: secret, Header: auth.Header{Scheme: "A B"}},
	} {
		name, bad := want, tokenauth.New(db.Users(), db.Tokens(), cfg)
		if _, err := bad.Header().Declare("GET"); !errors.As(err, new(*auth.ConfigError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, err := bad.Cookie().Authenticate(request("GET")); !errors.As(err, new(*auth.ConfigError)) {
			t.Errorf("%s: Authenticate got %v, want the mistake", name, err)
		}
	}
}

func FuzzVerify(f *testing.F) {
	db := site(f)
	a := newAuth(f, db, tokenauth.Config{Prefix: "acme"})
	raw, _ := issue(f, a, tokenauth.Grant{})
	for _, seed := range []string{"", "acme_", raw, raw[:20], strings.Repeat("_", 100)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, _, err := a.Verify(t.Context(), text); (err == nil) != (text == raw) {
			t.Errorf("%q: got %v", text, err)
		}
	})
}

// joinedAlone are users that only a joined read finds.
type joinedAlone struct{ *memory.Users }

func (joinedAlone) ByID(context.Context, string) (*store.User, auth.Account, error) {
	return nil, auth.Account{}, errors.New("read one after the other")
}

// joining joins the users of its own database, whatever wraps them.
type joining struct{ *memory.Tokens }

func (joining) JoinsUsers(auth.Users[*store.User]) bool { return true }

// TestTokenIsReadWithItsUser: a request reads the token and the user at once.
func TestTokenIsReadWithItsUser(t *testing.T) {
	db := site(t)
	raw, _ := issue(t, newAuth(t, db, tokenauth.Config{}), tokenauth.Grant{})
	joined := tokenauth.New(joinedAlone{db.Users()}, joining{db.Tokens()}, tokenauth.Config{Secret: secret, Now: func() time.Time { return now }})
	if user, _, err := joined.Verify(t.Context(), raw); err != nil || user.Username != "alice" {
		t.Errorf("got %v, %v, want alice", user, err)
	}
	if err := db.Users().SetActive(t.Context(), "1", false); err != nil {
		t.Fatal(err)
	}
	if _, _, err := joined.Verify(t.Context(), raw); !errors.As(err, new(*auth.Error)) {
		t.Errorf("an inactive user: got %v, want a refusal", err)
	}
}
