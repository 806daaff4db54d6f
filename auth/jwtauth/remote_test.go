package jwtauth_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func newKey(t testing.TB, id string) jwtauth.Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jwtauth.Key{ID: id, Private: private}
}

// identity is a service that issues tokens and publishes its keys.
type identity struct {
	*httptest.Server
	mu      sync.Mutex
	tokens  *jwtauth.Issuer[*store.User]
	down    bool
	fetches atomic.Int64
}

func newIdentity(t *testing.T, keys ...jwtauth.Key) *identity {
	t.Helper()
	id := &identity{}
	id.rotate(t, keys...)
	id.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id.fetches.Add(1)
		id.mu.Lock()
		down, handler := id.down, id.tokens.JWKS()
		id.mu.Unlock()
		if down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(id.Close)
	return id
}

func (id *identity) set(down bool) { id.mu.Lock(); defer id.mu.Unlock(); id.down = down }

func (id *identity) rotate(t *testing.T, keys ...jwtauth.Key) {
	t.Helper()
	tokens := newIssuer(t, jwtauth.Config{Keys: keys, Issuer: "https://id", Audiences: []string{"notes"}, Lifetime: 24 * time.Hour})
	id.mu.Lock()
	defer id.mu.Unlock()
	id.tokens = tokens
}

func (id *identity) token(t *testing.T) string { t.Helper(); return login(t, id.tokens).Access }

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// service checks the tokens of an identity with a clock of its own.
func (id *identity) service(t *testing.T, clock func() time.Time) (*jwtauth.Remote, *jwtauth.Issuer[*store.User]) {
	t.Helper()
	remote := jwtauth.NewRemote(jwtauth.RemoteConfig{URL: id.URL, InsecureHTTP: true, Now: clock, Logger: silent})
	tokens := jwtauth.New(people(t), jwtauth.Config{Remote: remote, Issuer: "https://id", Audiences: []string{"notes"}, Now: clock})
	if _, err := tokens.Header().Declare("GET"); err != nil {
		t.Fatal(err)
	}
	return remote, tokens
}

func TestRemoteKeys(t *testing.T) {
	at := now
	id := newIdentity(t, newKey(t, "one"))
	_, tokens := id.service(t, func() time.Time { return at })
	ctx := t.Context()
	verify := func(what, token string, fetches int64, check func(error) bool) {
		t.Helper()
		if _, _, err := tokens.Verify(ctx, token); !check(err) || id.fetches.Load() != fetches {
			t.Errorf("%s: got %v after %d fetches, want %d", what, err, id.fetches.Load(), fetches)
		}
	}
	accepted := func(err error) bool { return err == nil }
	refused := func(err error) bool { return refusedBecause(err, "no key for this") }
	anothers := func(err error) bool { return refusedBecause(err, "another issuer") }
	down := func(err error) bool { return errors.Is(err, auth.ErrUnavailable) }

	id.set(true)
	verify("a token of another issuer asks nobody", mint(header, claims("iss", `"https://other"`)), 0, anothers)
	verify("nor does junk", "junk", 0, anothers)
	ours := mint(header, claims("iss", `"https://id"`)) // as it says
	verify("the issuer is down at the start", ours, 1, down)
	verify("and is not asked again at once", ours, 1, down)
	id.set(false)
	at = at.Add(5 * time.Second)
	first := id.token(t)
	verify("the first token fetches", first, 2, accepted)
	verify("the second one does not", first, 2, accepted)
	if _, err := tokens.Issue(ctx, alice); !errors.Is(err, jwtauth.ErrCannotSign) {
		t.Errorf("Issue: got %v", err)
	}

	id.rotate(t, newKey(t, "two"), newKey(t, "three"))
	second := id.token(t)
	verify("a new kid, within the minute", second, 2, refused)
	at = at.Add(time.Minute)
	verify("a new kid, after the minute", second, 3, accepted)
	verify("the old key is gone", first, 3, refused)
	at = at.Add(time.Minute)
	verify("a kid that somebody made up", first, 4, refused)
	for range 20 {
		verify("and again", first, 4, refused)
	}

	id.set(true)
	at = at.Add(time.Hour)
	verify("a token of another issuer does not wait for those that are due", mint(header, claims("iss", `"https://other"`)), 4, refused)
	verify("nor does a long one", strings.Repeat("a", 1<<20), 4, func(err error) bool { return refusedBecause(err, "longer") })
	verify("old keys serve while the issuer is down", second, 5, accepted)
	verify("and it is asked once a minute", second, 5, accepted)
	verify("a kid that nobody can tell about", first, 5, down)
	verify("which a token of another issuer does not wait for", mint(header, claims("iss", `"https://other"`)), 5, refused)
	id.set(false)
	at = at.Add(time.Minute)
	verify("it is up again", second, 6, accepted)
	verify("a kid that it does not know", first, 6, refused)
}

// TestRemoteIsAskedOnce: requests that come together wait for one fetch.
func TestRemoteIsAskedOnce(t *testing.T) {
	id := newIdentity(t, newKey(t, "one"))
	_, tokens := id.service(t, clock)
	token := id.token(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, _, err := tokens.Verify(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	if wg.Wait(); id.fetches.Load() != 1 {
		t.Errorf("got %d fetches, want 1", id.fetches.Load())
	}
}

func TestRemoteIsPinned(t *testing.T) {
	id := newIdentity(t, newKey(t, "one"))
	id.tokens = newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{newKey(t, "one")}, Issuer: "https://id", Audiences: []string{"other"}})
	_, tokens := id.service(t, clock)
	if _, _, err := tokens.Verify(t.Context(), id.token(t)); !refusedBecause(err, "another audience") {
		t.Errorf("got %v", err)
	}
	// The public key as a secret, and a secret in the set.
	published, err := http.Get(id.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer published.Body.Close()
	text, _ := io.ReadAll(published.Body)
	var set struct{ Keys []struct{ X string } }
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("got %s, %v", text, err)
	}
	forged := mintWith(crypto.SHA256, []byte(set.Keys[0].X), `{"alg":"HS256","kid":"one"}`, claims("iss", `"https://id"`, "aud", `"notes"`))
	if _, _, err := tokens.Verify(t.Context(), forged); !refusedBecause(err, "no key for this algorithm") {
		t.Errorf("a MAC with the public key: got %v", err)
	}
}

// TestForeignTokens: other issuers do not say what a token is for.
func TestForeignTokens(t *testing.T) {
	for _, test := range []struct {
		claims  string
		foreign bool
		want    bool
	}{
		{claims("extras", ""), false, false},
		{claims("extras", ""), true, true},
		{claims(), true, true},
		{claims("extras", `{"type":"refresh"}`), true, false},
		{claims("type", `"refresh"`), true, false},
	} {
		tokens := newIssuer(t, jwtauth.Config{ForeignTokens: test.foreign})
		if _, _, err := tokens.Verify(t.Context(), mint(header, test.claims)); (err == nil) != test.want {
			t.Errorf("%s, foreign: %t: got %v", test.claims, test.foreign, err)
		}
	}
}

func TestRemoteReplies(t *testing.T) {
	good := `{"kty":"OKP","crv":"Ed25519","kid":"one","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}` // RFC 8037 A.2
	for name, test := range map[string]struct {
		status int
		body   string
		want   bool
	}{
		"a key":                 {200, `{"keys":[` + good + `]}`, true},
		"and others, ignored":   {200, `{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"new"},{"kty":"RSA","use":"enc"},` + good + `],"more":1}`, true},
		"unknown members":       {200, `{"keys":[` + strings.Replace(good, "{", `{"x5c":["a"],"key_ops":["verify"],`, 1) + `]}`, true},
		"and odd ones":          {200, `{"keys":[{"kty":"new","x":{"a":1}},{"kty":"EC","kid":5},7,null,` + good + `]}`, true},
		"only a secret":         {200, `{"keys":[{"kty":"oct","alg":"HS256","k":"YSBzZWNyZXQgb2YgbW9yZSB0aGFuIHRoaXJ0eS10d28gYnl0ZXM"}]}`, false},
		"a short RSA key":       {200, `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`, false},
		"a point off the curve": {200, `{"keys":[{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}]}`, false},
		"for other operations":  {200, `{"keys":[` + strings.Replace(good, "{", `{"key_ops":["sign","encrypt"],`, 1) + `]}`, false},
		"for no operation":      {200, `{"keys":[` + strings.Replace(good, "{", `{"key_ops":[],`, 1) + `]}`, false},
		"the new name":          {200, `{"keys":[` + strings.Replace(good, "{", `{"alg":"Ed25519",`, 1) + `]}`, true},
		"an encryption key":     {200, `{"keys":[` + strings.Replace(good, "{", `{"use":"enc",`, 1) + `]}`, false},
		"another algorithm":     {200, `{"keys":[` + strings.Replace(good, "{", `{"alg":"HS256",`, 1) + `]}`, false},
		"doubled names":         {200, `{"keys":[],"keys":[` + good + `]}`, false},
		"no JSON":               {200, `<html>`, false},
		"empty":                 {200, ``, false},
		"too large":             {200, `{"keys":[` + good + `]}` + strings.Repeat(" ", 1<<20), false},
		"too many":              {200, `{"keys":[` + strings.Repeat(good+",", 100) + good + `]}`, false},
		"not found":             {404, `{"keys":[` + good + `]}`, false},
		"a redirect":            {302, `{"keys":[` + good + `]}`, false},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				fmt.Fprint(w, `{"keys":[`+good+`]}`) // what a redirect would lead to
				return
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(test.status)
			fmt.Fprint(w, test.body)
		}))
		remote := jwtauth.NewRemote(jwtauth.RemoteConfig{URL: server.URL, InsecureHTTP: true, Logger: silent})
		tokens := jwtauth.New(people(t), jwtauth.Config{Remote: remote, Issuer: "https://id", Audiences: []string{"notes"}})
		_, _, err := tokens.Verify(t.Context(), mint(header, claims("iss", `"https://id"`)))
		if down := errors.Is(err, auth.ErrUnavailable); down == test.want {
			t.Errorf("%s: got %v, want keys: %t", name, err, test.want)
		}
		server.Close()
	}
}

func TestRemoteMistakes(t *testing.T) {
	remote := func(cfg jwtauth.RemoteConfig) jwtauth.Config {
		return jwtauth.Config{Remote: jwtauth.NewRemote(cfg), Issuer: "https://id", Audiences: []string{"notes"}}
	}
	good := jwtauth.RemoteConfig{URL: "https://id.example.com/jwks.json"}
	with := func(change func(*jwtauth.Config)) jwtauth.Config { cfg := remote(good); change(&cfg); return cfg }
	for want, cfg := range map[string]jwtauth.Config{
		"is not an address": remote(jwtauth.RemoteConfig{URL: "id.example.com"}),
		"is not https":      remote(jwtauth.RemoteConfig{URL: "http://id.example.com"}),
		"a minute or more":  remote(jwtauth.RemoteConfig{URL: good.URL, MaxAge: time.Second}),
		"less than MaxAge":  remote(jwtauth.RemoteConfig{URL: good.URL, MaxStale: time.Minute}),
		"of public keys":    remote(jwtauth.RemoteConfig{URL: good.URL, Algorithms: []jwtauth.Algorithm{jwtauth.RS256, jwtauth.HS256}}),
		"exclude":           with(func(c *jwtauth.Config) { c.Secret = secret }),
		"needs Issuer":      with(func(c *jwtauth.Config) { c.Issuer = "" }),
		"and Audiences":     with(func(c *jwtauth.Config) { c.Audiences = nil }),
		"":                  remote(good),
	} {
		_, err := jwtauth.New(people(t), cfg).Header().Declare("GET")
		if want == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestPublishedKeysAreReadByOthers: go-jose reads our set, and checks our tokens with
// it.
func TestPublishedKeysAreReadByOthers(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := []jwtauth.Key{newKey(t, "ed"), {ID: "rsa", Private: rsaKey}, {ID: "pss", Private: rsaKey, Algorithm: jwtauth.PS384}, {ID: "mac", Secret: secret}}
	for id, curve := range map[string]elliptic.Curve{"p256": elliptic.P256(), "p384": elliptic.P384(), "p521": elliptic.P521()} {
		private, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, jwtauth.Key{ID: id, Private: private})
	}
	w := httptest.NewRecorder()
	newIssuer(t, jwtauth.Config{Keys: keys}).JWKS().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Header().Get("Content-Type"); got != "application/jwk-set+json" || w.Header().Get("Cache-Control") == "" {
		t.Errorf("got %v", w.Header())
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != len(keys)-1 || strings.Contains(w.Body.String(), `"oct"`) || strings.Contains(w.Body.String(), `"d"`) {
		t.Fatalf("got %s", w.Body)
	}
	id := newIdentity(t, keys...)
	for _, k := range keys {
		if k.Secret != nil {
			continue
		}
		rotated := append([]jwtauth.Key{k}, keys...)
		tokens := newIssuer(t, jwtauth.Config{Keys: rotated[:1], Issuer: "https://id", Audiences: []string{"notes"}})
		token := login(t, tokens).Access
		parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.EdDSA, jose.RS256, jose.PS384, jose.ES256, jose.ES384, jose.ES512})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parsed.Verify(set.Key(k.ID)[0]); err != nil {
			t.Errorf("%s: go-jose: %v", k.ID, err)
		}
		_, service := id.service(t, clock)
		if _, _, err := service.Verify(t.Context(), token); err != nil {
			t.Errorf("%s: our own Remote: %v", k.ID, err)
		}
	}
	again := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	jwks := newIssuer(t, jwtauth.Config{Keys: keys}).JWKS()
	if jwks.ServeHTTP(again, r); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("with the tag: got %d", again.Code)
	}
	post := httptest.NewRecorder()
	if jwks.ServeHTTP(post, httptest.NewRequest("POST", "/", nil)); post.Code != 405 || post.Header().Get("Allow") == "" {
		t.Errorf("POST: got %d", post.Code)
	}
	empty := httptest.NewRecorder()
	if newIssuer(t, jwtauth.Config{}).JWKS().ServeHTTP(empty, httptest.NewRequest("GET", "/", nil)); empty.Body.String() != `{"keys":[]}` {
		t.Errorf("secrets alone: got %s", empty.Body)
	}
}

// TestOnlyOwnKeysArePublished: who checks with our set would otherwise take for ours
// what somebody else signed in our name.
func TestOnlyOwnKeysArePublished(t *testing.T) {
	private := newKey(t, "partner").Private
	us := newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{newKey(t, "ours"), {ID: "partner", Public: private.Public()}}})
	w := httptest.NewRecorder()
	us.JWKS().ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if body := w.Body.String(); !strings.Contains(body, `"ours"`) || strings.Contains(body, "partner") {
		t.Errorf("got %s", body)
	}
}

// TestTheirIssuerIsDown: tokens of ours behind those of another issuer in a chain do
// not depend on it.
func TestTheirIssuerIsDown(t *testing.T) {
	at := now
	id := newIdentity(t, newKey(t, "one"))
	_, theirs := id.service(t, func() time.Time { return at })
	ours := newIssuer(t, jwtauth.Config{})
	chain := auth.AnyOf(auth.Fallthrough(theirs.Header()), ours.Header())
	r := request("Authorization", "Bearer "+login(t, ours).Access)
	id.set(true)
	for _, what := range []string{"never fetched", "stale"} {
		if _, err := chain.Authenticate(r); err != nil {
			t.Errorf("%s: got %v", what, err)
		}
		id.set(false)
		if _, _, err := theirs.Verify(t.Context(), id.token(t)); err != nil {
			t.Fatal(err)
		}
		id.set(true)
		at = at.Add(2 * time.Minute)
	}
}

// oathkeeper cached without the issuer in the key: what one signed was taken for
// another's.
func TestAdvisoryGHSA_4mq7_pvjg_xp2r_oathkeeper(t *testing.T) {
	a, b := newIdentity(t, newKey(t, "one")), newIdentity(t, newKey(t, "one"))
	_, ofA := a.service(t, clock)
	_, ofB := b.service(t, clock)
	token := a.token(t)
	for range 2 { // the second time keys and tokens are known
		if _, _, err := ofA.Verify(t.Context(), token); err != nil {
			t.Errorf("got %v", err)
		}
		if _, _, err := ofB.Verify(t.Context(), token); !refusedBecause(err, "bad signature") {
			t.Errorf("another's: got %v", err)
		}
	}
	source := func(tokens *jwtauth.Issuer[*store.User]) any {
		d, err := tokens.Header().Declare("GET")
		if err != nil {
			t.Fatal(err)
		}
		return d.Schemes["jwt"].Source
	}
	if source(ofA) == source(ofB) {
		t.Error("two remotes are one source")
	}
	double := func(s []byte) *jwtauth.Issuer[*store.User] {
		return newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{{ID: "1", Secret: s}, {ID: "2", Secret: s}}})
	}
	if source(double(secret)) == source(double([]byte(strings.Repeat("z", 40)))) {
		t.Error("two pairs of equal secrets are one source")
	}
}

func TestRemoteLogsNoPassword(t *testing.T) {
	var log bytes.Buffer
	closed := httptest.NewServer(nil)
	closed.Close()
	remote := jwtauth.NewRemote(jwtauth.RemoteConfig{
		URL: strings.Replace(closed.URL, "http://", "http://user:hunter2@", 1), InsecureHTTP: true, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	tokens := jwtauth.New(people(t), jwtauth.Config{Remote: remote, Issuer: "https://id", Audiences: []string{"notes"}})
	if _, _, err := tokens.Verify(t.Context(), mint(header, claims("iss", `"https://id"`))); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if log.Len() == 0 || strings.Contains(log.String(), "hunter2") {
		t.Errorf("logged %q", log.String())
	}
}

func TestLogoutNeedsTheKeys(t *testing.T) {
	id := newIdentity(t, newKey(t, "one"))
	remote := jwtauth.NewRemote(jwtauth.RemoteConfig{URL: id.URL, InsecureHTTP: true, Now: clock, Logger: silent})
	tokens := jwtauth.New(people(t), jwtauth.Config{Remote: remote, Issuer: "https://id", Audiences: []string{"notes"}, Now: clock, Blocklist: memory.New().Blocklist()})
	r := httptest.NewRequest("POST", "/", nil)
	r.AddCookie(&http.Cookie{Name: "access_token", Value: id.token(t)})
	id.set(true)
	if cookies, err := tokens.End(r); !errors.Is(err, auth.ErrUnavailable) || cookies != nil {
		t.Errorf("got %v, %v: nothing was revoked", cookies, err)
	}
}
