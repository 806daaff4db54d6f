package sessionauth_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
)

func TestLoginAndLogout(t *testing.T) {
	s := newSite(t, noCSRF())
	s.want("before", s.who(), "nobody")
	first := s.login("alice")
	if len(first) != 32 || strings.Trim(first, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		t.Errorf("key: got %q, want 32 of a-z0-9", first)
	}
	s.want("after login", s.who(), "alice")
	user, _, _ := s.db.Users().ByUsername(t.Context(), "alice")
	if !user.LastLogin.Equal(begun) {
		t.Errorf("last login: got %v, want %v", user.LastLogin, begun)
	}
	if row := s.raw(first); row.UserID != "1" || !row.Created.Equal(begun) || !row.Expires.Equal(begun.AddDate(0, 0, 14)) {
		t.Errorf("row: got %+v", row)
	}

	cookies := s.store(s.auth.End(s.request("POST")))
	if len(cookies) != 1 || cookies[0].MaxAge >= 0 {
		t.Errorf("logout: got %v, want one deleted cookie", cookies)
	}
	s.want("after logout", s.who(), "nobody")
	s.jar["sessionid"] = first
	s.want("with the old cookie", s.who(), "gone")
	if s.rows() != 0 {
		t.Errorf("%d sessions are left", s.rows())
	}
	s.jar = map[string]string{}
	if cookies := s.store(s.auth.End(s.request("POST"))); cookies != nil {
		t.Errorf("logout without cookie: got %v, want none", cookies)
	}
}

func TestLoginAgain(t *testing.T) {
	s := newSite(t, sessionauth.Config{})
	s.put("cart", "apple")
	visitor := s.jar["sessionid"]
	s.now = s.now.Add(time.Hour)
	first := s.login("alice")
	token := s.jar["csrftoken"]
	if created := s.raw(first).Created; !created.Equal(s.now) {
		t.Errorf("Created: got %v, want the login's %v", created, s.now)
	}
	if first == visitor {
		t.Error("fixation: the key of the anonymous session was kept")
	}
	s.want("the anonymous cart", s.get("cart"), "apple")

	s.now = s.now.Add(time.Hour)
	again := s.login("alice")
	if again == first {
		t.Error("same user: the key was kept")
	}
	if created := s.raw(again).Created; !created.Equal(s.now) {
		t.Errorf("same user: Created: got %v, want the new login's %v", created, s.now)
	}
	if s.jar["csrftoken"] == token {
		t.Error("same user: the CSRF secret was kept")
	}
	s.want("same user: cart", s.get("cart"), "apple")

	other := s.login("carol")
	if other == first {
		t.Error("other user: the key was kept")
	}
	s.want("other user: cart", s.get("cart"), "")
	s.want("other user", s.who(), "carol")
	for name, key := range map[string]string{"visitor's": visitor, "alice's first": first, "alice's second": again} {
		s.jar["sessionid"] = key
		s.want("with the "+name+" cookie", s.who(), "gone")
	}
	if s.rows() != 1 {
		t.Errorf("got %d sessions, want carol's", s.rows())
	}
}

func TestLoginAfterPasswordChangeDropsTheData(t *testing.T) {
	s := newSite(t, noCSRF())
	first := s.login("alice")
	s.put("cart", "apple")
	if err := s.db.Users().SetPassword(t.Context(), "1", "new"); err != nil {
		t.Fatal(err)
	}
	if s.login("alice") == first {
		t.Error("the key was kept")
	}
	s.want("cart", s.get("cart"), "")
}

func TestChosenKeyIsNeverAdopted(t *testing.T) {
	s := newSite(t, noCSRF())
	const chosen = "attackerchosensessionid000000000"
	s.jar["sessionid"] = chosen
	if s.login("alice") == chosen {
		t.Error("login adopted it")
	}
	s.jar["sessionid"] = chosen
	s.want("with it", s.who(), "gone")
	s.put("cart", "x")
	if s.jar["sessionid"] == chosen {
		t.Error("Save adopted it")
	}
}

func TestBeginRefusesInactiveAccounts(t *testing.T) {
	s := newSite(t, noCSRF())
	for name, account := range map[string]auth.Account{"inactive": {ID: "1"}, "without id": {Active: true}} {
		cookies, err := s.auth.Begin(s.request("POST"), account)
		if _, refused := errors.AsType[*auth.Error](err); !refused || cookies != nil {
			t.Errorf("%s: got %v, %v, want a refusal", name, cookies, err)
		}
	}
	if s.rows() != 0 {
		t.Error("a session was made")
	}
}

func TestCookies(t *testing.T) {
	const expires = "Fri, 16 Jan 2026 03:04:05 GMT"
	for _, c := range []struct {
		name        string
		cfg         sessionauth.Config
		login, gone string
	}{
		{"defaults", sessionauth.Config{InsecureNoCSRF: true},
			"sessionid=KEY; Path=/; Expires=" + expires + "; Max-Age=1209600; HttpOnly; Secure; SameSite=Lax",
			"sessionid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; SameSite=Lax"},
		{"insecure", sessionauth.Config{InsecureNoCSRF: true, Cookie: auth.Cookie{Insecure: true, InsecureScriptAccess: true}},
			"sessionid=KEY; Path=/; Expires=" + expires + "; Max-Age=1209600; SameSite=Lax",
			"sessionid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; SameSite=Lax"},
		{"all set", sessionauth.Config{InsecureNoCSRF: true, Cookie: auth.Cookie{Name: "sid", Path: "/api", Domain: "site.example", SameSite: http.SameSiteNoneMode}, Age: time.Hour},
			"sid=KEY; Path=/api; Domain=site.example; Expires=Fri, 02 Jan 2026 04:04:05 GMT; Max-Age=3600; HttpOnly; Secure; SameSite=None",
			"sid=; Path=/api; Domain=site.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; SameSite=None"},
		{"until the browser closes", sessionauth.Config{InsecureNoCSRF: true, UntilBrowserCloses: true},
			"sessionid=KEY; Path=/; HttpOnly; Secure; SameSite=Lax",
			"sessionid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; SameSite=Lax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, c.cfg)
			login := s.store(s.auth.Begin(s.request("POST"), s.account("alice")))
			if got := strings.Replace(login[0].String(), login[0].Value, "KEY", 1); got != c.login {
				t.Errorf("login:\ngot  %s\nwant %s", got, c.login)
			}
			gone := s.store(s.auth.End(s.request("POST")))
			if got := gone[0].String(); got != c.gone {
				t.Errorf("logout:\ngot  %s\nwant %s", got, c.gone)
			}
		})
	}
}

func TestLoginSetsTheCSRFCookieToo(t *testing.T) {
	s := newSite(t, sessionauth.Config{Cookie: auth.Cookie{Insecure: true}})
	cookies := s.store(s.auth.Begin(s.request("POST"), s.account("alice")))
	names := []string{cookies[0].Name, cookies[1].Name}
	if !slices.Equal(names, []string{"csrftoken", "sessionid"}) || cookies[0].Secure || len(cookies) != 2 {
		t.Errorf("got %v", cookies)
	}
}

func TestKeep(t *testing.T) {
	s := newSite(t, noCSRF())
	elsewhere := s.login("alice")
	s.jar = map[string]string{}
	here := s.login("alice")
	s.put("cart", "apple")
	created := s.raw(here).Created
	s.now = s.now.Add(time.Hour)
	if err := s.db.Users().SetPassword(t.Context(), "1", "new"); err != nil {
		t.Fatal(err)
	}
	s.store(s.auth.Keep(s.request("POST"), s.account("alice")))
	if s.jar["sessionid"] == here {
		t.Error("the key was kept")
	}
	s.want("here", s.who(), "alice")
	s.want("cart", s.get("cart"), "apple")
	if got := s.raw(s.jar["sessionid"]).Created; !got.Equal(created) {
		t.Errorf("Created: got %v, want the login's %v", got, created)
	}
	for name, key := range map[string]string{"elsewhere": elsewhere, "the old key": here} {
		s.jar["sessionid"] = key
		s.want(name, s.who(), "gone")
	}
	for name, account := range map[string]auth.Account{"gone session": s.account("alice"), "other user": s.account("carol")} {
		if _, err := s.auth.Keep(s.request("POST"), account); !errors.Is(err, sessionauth.ErrEnded) {
			t.Errorf("Keep, %s: got %v, want ErrEnded", name, err)
		}
	}
	s.login("carol")
	if _, err := s.auth.Keep(s.request("POST"), s.account("alice")); !errors.Is(err, sessionauth.ErrEnded) {
		t.Errorf("Keep in another user's session: got %v, want ErrEnded", err)
	}
}

func TestListAndEnd(t *testing.T) {
	s := newSite(t, noCSRF())
	first := s.login("alice")
	s.now = s.now.Add(time.Minute)
	s.jar = map[string]string{}
	second := s.login("alice")
	s.jar = map[string]string{}
	carols := s.login("carol")

	list, err := s.auth.List(t.Context(), "1")
	if err != nil || len(list) != 2 || !list[0].Created.After(list[1].Created) {
		t.Fatalf("got %+v, %v, want two, the latest first", list, err)
	}
	for _, active := range list {
		if strings.Contains(active.ID, first) || strings.Contains(active.ID, second) {
			t.Errorf("ID %q holds a key", active.ID)
		}
	}
	s.jar["sessionid"] = second
	session, err := s.auth.Load(s.request("GET"))
	if err != nil || session.ID() != list[0].ID {
		t.Errorf("ID of the present one: got %q, %v, want %q", session.ID(), err, list[0].ID)
	}

	if err := s.auth.EndOne(t.Context(), "2", list[1].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("EndOne of another user's: got %v, want ErrNotFound", err)
	}
	if n, err := s.auth.EndAll(t.Context(), "1", session.ID()); n != 1 || err != nil {
		t.Errorf("EndAll but this: got %d, %v, want 1", n, err)
	}
	for key, want := range map[string]string{first: "gone", second: "alice", carols: "carol"} {
		s.jar["sessionid"] = key
		s.want("after EndAll", s.who(), want)
	}
	if err := s.auth.EndOne(t.Context(), "1", list[0].ID); err != nil {
		t.Error(err)
	}
	s.jar["sessionid"] = second
	s.want("after EndOne", s.who(), "gone")
	if n, err := s.auth.EndAll(t.Context(), "2", ""); n != 1 || err != nil {
		t.Errorf("EndAll: got %d, %v, want 1", n, err)
	}
}

func TestListLeavesOutWhatExpired(t *testing.T) {
	s := newSite(t, noCSRF())
	s.login("alice")
	s.now = s.now.AddDate(0, 0, 14)
	if list, err := s.auth.List(t.Context(), "1"); len(list) != 0 || err != nil {
		t.Errorf("got %+v, %v, want none", list, err)
	}
}

// TestEndedMeanwhile is a logout in another tab between reading and writing.
func TestEndedMeanwhile(t *testing.T) {
	s := newSite(t, noCSRF())
	key := s.login("alice")
	r := s.request("PUT")
	session, err := s.auth.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Set("cart", "apple"); err != nil {
		t.Fatal(err)
	}
	s.store(s.auth.End(s.request("POST")))
	_, err = s.auth.Save(r, session)
	refusal, ok := errors.AsType[*auth.Error](err)
	if !ok || refusal.HTTPStatus() != 401 || !errors.Is(err, sessionauth.ErrEnded) {
		t.Errorf("got %v, want a 401 with ErrEnded", err)
	}
	s.jar["sessionid"] = key
	s.want("after Save", s.who(), "gone")
}

func TestConcurrentLogins(t *testing.T) {
	s := newSite(t, noCSRF())
	s.put("cart", "apple") // one anonymous session, many tabs
	var wg sync.WaitGroup
	var mu sync.Mutex
	keys := map[string]bool{}
	account := s.account("alice")
	for range 8 {
		r := s.request("POST")
		wg.Go(func() {
			cookies, err := s.auth.Begin(r, account)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			keys[cookies[0].Value] = true
		})
	}
	wg.Wait()
	if len(keys) != 8 || s.rows() != 8 {
		t.Errorf("got %d keys and %d rows, want 8 logins", len(keys), s.rows())
	}
}

// always draws the same bytes.
type always byte

func (a always) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(a)
	}
	return len(p), nil
}

// TestKeysAreFair feeds bytes that would make some characters likelier: they must
// be drawn again.
func TestKeysAreFair(t *testing.T) {
	s := newSite(t, sessionauth.Config{InsecureNoCSRF: true, Rand: io.MultiReader(
		bytes.NewReader(bytes.Repeat([]byte{252}, 64)), always(251))})
	s.want("key", s.login("alice"), strings.Repeat("9", 32))
}

func TestBrokenRandomness(t *testing.T) {
	dry := errors.New("dry")
	s := newSite(t, sessionauth.Config{InsecureNoCSRF: true, Rand: iotest.ErrReader(dry)})
	if _, err := s.auth.Begin(s.request("POST"), s.account("alice")); !errors.Is(err, dry) {
		t.Errorf("no randomness: got %v", err)
	}
	s = newSite(t, sessionauth.Config{InsecureNoCSRF: true, Rand: always(0)})
	s.login("alice")
	s.jar = map[string]string{}
	if _, err := s.auth.Begin(s.request("POST"), s.account("carol")); err == nil || errors.Is(err, store.ErrExists) {
		t.Errorf("one key for all: got %v, want a fault", err)
	}
	if row := s.raw(strings.Repeat("a", 32)); row.UserID != "1" {
		t.Errorf("alice's session is %s's now", row.UserID)
	}
}
