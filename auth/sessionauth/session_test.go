package sessionauth_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/auth/internal/signing"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
)

func TestAge(t *testing.T) {
	s := newSite(t, sessionauth.Config{InsecureNoCSRF: true, Age: time.Hour})
	s.login("alice")
	s.now = begun.Add(time.Hour - time.Second)
	s.want("a second before the end", s.who(), "alice")
	s.put("cart", "apple") // writing prolongs, as in Django
	s.now = begun.Add(2*time.Hour - 2*time.Second)
	s.want("an hour after it was written", s.who(), "alice")
	s.now = begun.Add(2*time.Hour - time.Second)
	s.want("at the end", s.who(), "gone")
}

func TestIdle(t *testing.T) {
	s := newSite(t, sessionauth.Config{InsecureNoCSRF: true, Idle: time.Hour, Lifetime: 3 * time.Hour})
	key := s.login("alice")
	if c := s.raw(key); !c.Expires.Equal(begun.Add(time.Hour)) {
		t.Errorf("expires: got %v, want an hour after login", c.Expires)
	}
	s.now = begun.Add(5 * time.Minute)
	s.who()
	if !s.raw(key).Seen.Equal(begun) {
		t.Error("a use within a tenth of Idle was written")
	}
	for _, minutes := range []int{50, 100, 150, 179} {
		s.now = begun.Add(time.Duration(minutes) * time.Minute)
		s.want(fmt.Sprint("used after minutes: ", minutes), s.who(), "alice")
		if row := s.raw(key); !row.Seen.Equal(s.now) {
			t.Errorf("seen: got %v, want %v", row.Seen, s.now)
		}
	}
	if row := s.raw(key); !row.Expires.Equal(begun.Add(3 * time.Hour)) {
		t.Errorf("expires: got %v, want no later than its life", row.Expires)
	}
	s.put("cart", "apple")
	s.now = begun.Add(3 * time.Hour)
	s.want("at the end of its life", s.who(), "gone")

	s.jar = map[string]string{}
	s.login("alice")
	s.now = s.now.Add(time.Hour)
	s.want("not used for an hour", s.who(), "gone")
}

// TestTheEarlierEndWins uses a session each ten minutes without writing to it.
func TestTheEarlierEndWins(t *testing.T) {
	for _, c := range []struct {
		name   string
		cfg    sessionauth.Config
		expiry any
		want   time.Duration
	}{
		{"Age before Idle has an effect", sessionauth.Config{Age: 2 * time.Hour, Idle: 30 * time.Minute}, nil, 2 * time.Hour},
		{"an expiry of its own", sessionauth.Config{Idle: 30 * time.Minute}, 3600, time.Hour},
		{"a time of its own", sessionauth.Config{Idle: 30 * time.Minute}, "2026-01-02T04:24:05", 80 * time.Minute},
		{"an expiry of its own beyond Age", sessionauth.Config{Age: time.Hour, Idle: 30 * time.Minute}, 7200, 2 * time.Hour},
		{"Lifetime before an expiry of its own", sessionauth.Config{Idle: 30 * time.Minute, Lifetime: 50 * time.Minute}, 3600, 50 * time.Minute},
		{"Lifetime before Age", sessionauth.Config{Lifetime: time.Hour}, nil, time.Hour},
		{"Idle beyond Age", sessionauth.Config{Age: time.Hour, Idle: 3 * time.Hour}, nil, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.InsecureNoCSRF = true
			s := newSite(t, c.cfg)
			s.login("alice")
			if c.expiry != nil {
				s.put("_session_expiry", c.expiry)
			}
			for s.who() == "alice" && s.now.Sub(begun) < 24*time.Hour {
				s.now = s.now.Add(10 * time.Minute)
			}
			if got := s.now.Sub(begun); got != c.want {
				t.Errorf("got the end after %v, want %v", got, c.want)
			}
		})
	}
}

// TestOtherSettingsEndASession reads sessions that another process wrote, whose
// settings let them live longer.
func TestOtherSettingsEndASession(t *testing.T) {
	for name, cfg := range map[string]sessionauth.Config{
		"Lifetime": {InsecureNoCSRF: true, Lifetime: time.Hour},
		"Idle":     {InsecureNoCSRF: true, Idle: time.Hour},
		"Age":      {InsecureNoCSRF: true, Age: time.Hour, Idle: 10 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, noCSRF())
			s.login("alice")
			s.auth = s.build(cfg, s.db.Sessions())
			s.now = begun.Add(time.Hour - time.Second)
			if list, err := s.auth.List(t.Context(), "1"); err != nil || len(list) != 1 || !list[0].Expires.Equal(begun.Add(time.Hour)) {
				t.Errorf("got %+v, %v, want a session that ends after an hour", list, err)
			}
			s.now = begun.Add(time.Hour)
			if list, err := s.auth.List(t.Context(), "1"); err != nil || len(list) != 0 {
				t.Errorf("after an hour: got %+v, %v, want none", list, err)
			}
			s.want("after an hour", s.who(), "gone")
		})
	}
}

func TestOwnExpiry(t *testing.T) {
	for _, c := range []struct {
		name   string
		expiry any
		want   time.Time
		maxAge int
	}{
		{"seconds", 60, begun.Add(time.Minute), 60},
		{"until the browser closes", 0, begun.AddDate(0, 0, 14), 0},
		{"a time", "2026-01-02T03:05:05.000000+00:00", begun.Add(time.Minute), 60},
		{"a time in a zone", "2026-01-02T05:05:05+02:00", begun.Add(time.Minute), 60},
		{"a time without zone", "2026-01-02T03:05:05", begun.Add(time.Minute), 60},
		{"the past", -1, begun.Add(-time.Second), -1},
		{"junk", "soon", begun.AddDate(0, 0, 14), 1209600},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, noCSRF())
			r := s.request("PUT")
			session, err := s.auth.Load(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := session.Set("_session_expiry", c.expiry); err != nil {
				t.Fatal(err)
			}
			cookies, err := s.auth.Save(r, session)
			if err != nil || cookies[0].MaxAge != c.maxAge || !session.Expires().Equal(c.want) {
				t.Errorf("got Max-Age %d, expires %v, %v, want %d, %v", cookies[0].MaxAge, session.Expires(), err, c.maxAge, c.want)
			}
		})
	}
}

func TestFallbackSecrets(t *testing.T) {
	s := newSite(t, sessionauth.Config{InsecureNoCSRF: true, Secret: oldSecret})
	key := s.login("alice")
	old := s.auth
	s.auth = s.build(noCSRF(), s.db.Sessions())
	s.want("a secret that is not known", s.who(), "nobody")
	if s.rows() != 1 {
		t.Fatal("the row of another secret was removed")
	}
	s.now = s.now.Add(time.Hour)
	s.auth = s.build(sessionauth.Config{InsecureNoCSRF: true, Fallbacks: [][]byte{oldSecret}}, s.db.Sessions())
	s.want("as a fallback", s.who(), "alice")
	if s.jar["sessionid"] != key {
		t.Error("the key changed: parallel requests would be logged out")
	}
	if got := s.raw(key).Expires; !got.Equal(begun.AddDate(0, 0, 14)) {
		t.Errorf("expires: got %v, want the end that the login set", got)
	}
	s.auth = s.build(noCSRF(), s.db.Sessions())
	s.want("signed anew", s.who(), "alice")
	s.want("with the old secret only", s.ask(old, "GET"), "nobody")
}

// TestSigningAnewDoesNotProlong uses a session of a former secret without writing to it.
func TestSigningAnewDoesNotProlong(t *testing.T) {
	cfg := sessionauth.Config{InsecureNoCSRF: true, Age: 2 * time.Hour, Idle: time.Hour}
	former := cfg
	former.Secret = oldSecret
	s := newSite(t, former)
	s.login("alice")
	cfg.Fallbacks = [][]byte{oldSecret}
	s.auth = s.build(cfg, s.db.Sessions())
	for s.now = s.now.Add(50 * time.Minute); s.who() == "alice" && s.now.Sub(begun) < 24*time.Hour; {
		s.now = s.now.Add(10 * time.Minute)
	}
	if got := s.now.Sub(begun); got != 2*time.Hour {
		t.Errorf("got the end after %v, want 2h", got)
	}
}

// TestRowsCannotBeForged writes to the table what somebody without the secret can.
func TestRowsCannotBeForged(t *testing.T) {
	s := newSite(t, noCSRF())
	key := s.login("alice")
	good := s.raw(key)
	s.jar = map[string]string{}
	carols := s.raw(s.login("carol"))
	s.jar = map[string]string{"sessionid": key}

	row := good
	row.UserID = "2"
	if err := s.db.Sessions().Update(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	s.want("another UserID", s.who(), "alice")

	forged := signing.NewSigner("django.contrib.sessions.SessionStore", []byte("guessed")).
		Dump([]byte(`{"_auth_user_id":"2"}`), begun)
	hashless := signing.NewSigner("django.contrib.sessions.SessionStore", secret).
		Dump([]byte(`{"_auth_user_id":"1","_auth_user_backend":"django.contrib.auth.backends.ModelBackend"}`), begun)
	foreign := signing.NewSigner("django.contrib.sessions.SessionStore", secret).
		Dump([]byte(`{"_auth_user_id":"1","_auth_user_backend":"other.Backend","_auth_user_hash":"x"}`), begun)
	otherSalt := signing.NewSigner("app.salt", secret).Dump([]byte(`{"_auth_user_id":"1"}`), begun)
	for _, c := range []struct{ name, data, want string }{
		{"another secret", forged, "nobody"},
		{"another salt", otherSalt, "nobody"},
		{"junk", "junk", "nobody"},
		{"a backend that is not ours", foreign, "nobody"},
		{"without hash", hashless, "gone"},
		// Signed data are not bound to a key, as in Django: who can copy rows can
		// copy logins. Stated here, so that nobody relies on more.
		{"another session's data", carols.Data, "carol"},
	} {
		row := good
		row.Data = c.data
		_ = s.db.Sessions().Delete(t.Context(), hashed(key))
		if err := s.db.Sessions().Create(t.Context(), row); err != nil {
			t.Fatal(err)
		}
		s.want(c.name, s.who(), c.want)
	}
}

func TestDjangoMadeRow(t *testing.T) {
	s := newSite(t, sessionauth.Config{InsecureNoCSRF: true, Compat: sessionauth.Compat{PlainKeys: true}})
	hash := signing.NewMAC("django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash", secret).Hex("encoded alice")
	data := signing.NewSigner("django.contrib.sessions.SessionStore", secret).Dump([]byte(
		`{"_auth_user_id":"1","_auth_user_backend":"django.contrib.auth.backends.ModelBackend","_auth_user_hash":"`+hash+`","n":1.0}`), begun)
	key := strings.Repeat("k", 32)
	if err := s.db.Sessions().Create(t.Context(), store.Session{Key: key, Data: data, Expires: begun.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if list, _ := s.auth.List(t.Context(), "1"); len(list) != 0 {
		t.Errorf("before its use: got %+v", list)
	}
	s.jar["sessionid"] = key
	s.want("its user", s.who(), "alice")
	list, err := s.auth.List(t.Context(), "1")
	if err != nil || len(list) != 1 || !list[0].Created.Equal(begun) || !list[0].Expires.Equal(begun.Add(time.Hour)) {
		t.Errorf("after its use: got %+v, %v", list, err)
	}
	s.put("cart", "apple")
	row, err := s.db.Sessions().Session(t.Context(), key)
	if got := sessionauth.Decode(row.Data, "django.contrib.sessions.SessionStore", secret); err != nil || !strings.Contains(got, `"n":1.0`) {
		t.Errorf("got %s, want the float kept", got)
	}
}

// TestKeysAreHashed reads the table as somebody who has a copy of it.
func TestKeysAreHashed(t *testing.T) {
	s := newSite(t, noCSRF())
	key := s.login("alice")
	s.want("login", s.who(), "alice")
	rows, err := s.db.Sessions().ByUser(t.Context(), "1")
	if err != nil || len(rows) != 1 || rows[0].Key != hashed(key) {
		t.Fatalf("got %+v, %v, want the hash of the cookie", rows, err)
	}
	s.jar["sessionid"] = rows[0].Key
	s.want("the stored key as a cookie", s.who(), "gone")
	s.jar["sessionid"] = key
	s.put("cart", "apple")
	s.want("cart", s.get("cart"), "apple")
	s.store(s.auth.End(s.request("POST")))
	if s.rows() != 0 {
		t.Error("logout left the row")
	}
}

func TestPlainKeys(t *testing.T) {
	s := newSite(t, sessionauth.Config{InsecureNoCSRF: true, Compat: sessionauth.Compat{PlainKeys: true}})
	key := s.login("alice")
	rows, err := s.db.Sessions().ByUser(t.Context(), "1")
	if err != nil || len(rows) != 1 || rows[0].Key != key {
		t.Errorf("got %+v, %v, want the key %s", rows, err, key)
	}
	list, err := s.auth.List(t.Context(), "1")
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v, want one session", list, err)
	}
	if err := s.auth.EndOne(t.Context(), "1", list[0].ID); err != nil {
		t.Error(err)
	}
	s.want("after EndOne", s.who(), "gone")
}

func TestSessionValues(t *testing.T) {
	s := newSite(t, noCSRF())
	s.login("alice")
	r := s.request("PUT")
	session, err := s.auth.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	if cookies, err := s.auth.Save(r, session); cookies != nil || err != nil {
		t.Errorf("Save without a change: got %v, %v", cookies, err)
	}
	for _, name := range []string{"_auth_user_id", "_auth_user_backend", "_auth_user_hash"} {
		if session.Set(name, "2") == nil {
			t.Errorf("Set %s: got nil", name)
		}
		session.Delete(name)
	}
	if session.UserID() != "1" {
		t.Errorf("user: got %q, want 1", session.UserID())
	}
	if session.Set("f", func() {}) == nil {
		t.Error("Set of a function: got nil")
	}
	type cart struct {
		Items []string
		Note  string
	}
	want := cart{[]string{"яблоко", "🔑", "<b>"}, "\u2028"}
	if err := session.Set("cart", want); err != nil {
		t.Fatal(err)
	}
	s.store(s.auth.Save(r, session))
	if stored := sessionauth.Decode(s.raw(s.jar["sessionid"]).Data, "django.contrib.sessions.SessionStore", secret); strings.ContainsFunc(stored, func(r rune) bool { return r > 127 }) {
		t.Errorf("stored %q, want ASCII", stored)
	}
	session, _ = s.auth.Load(s.request("GET"))
	var got cart
	if found, err := session.Get("cart", &got); !found || err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %v, %v, want %v", got, found, err, want)
	}
	var number int
	if _, err := session.Get("cart", &number); err == nil {
		t.Error("Get into the wrong type: got nil")
	}
	session.Delete("cart")
	s.store(s.auth.Save(s.request("PUT"), session))
	s.want("after Delete", s.get("cart"), "")
	if found, _ := session.Get("cart", &got); found {
		t.Error("found after Delete")
	}
}

func TestSessionInALogHasNoKey(t *testing.T) {
	s := newSite(t, noCSRF())
	key := s.login("alice")
	session, err := s.auth.Load(s.request("GET"))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("hello", "session", session)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("hello", "session", session)
	fmt.Fprintf(&log, "%v %+v", session, []any{session})
	if got := log.String(); strings.Contains(got, key) || strings.Contains(got, hashed(key)) || strings.Count(got, session.ID()) != 4 {
		t.Errorf("got %s, want the ID %s and no key", got, session.ID())
	}
}

func TestSaveDeletesADeadCookie(t *testing.T) {
	s := newSite(t, noCSRF())
	s.jar["sessionid"] = strings.Repeat("a", 32)
	r := s.request("GET")
	session, err := s.auth.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	cookies, err := s.auth.Save(r, session)
	if err != nil || len(cookies) != 1 || cookies[0].MaxAge >= 0 {
		t.Errorf("got %v, %v, want one deleted cookie", cookies, err)
	}
	if session.ID() != "" {
		t.Errorf("ID of a session without row: got %q", session.ID())
	}
}
