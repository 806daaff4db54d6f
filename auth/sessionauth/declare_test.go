package sessionauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

func TestDeclare(t *testing.T) {
	s := newSite(t, sessionauth.Config{})
	get, err := s.auth.Declare("GET")
	if err != nil {
		t.Fatal(err)
	}
	if len(get.Alternatives) != 1 || len(get.Alternatives[0].Requirement) != 1 || len(get.Refusals) != 0 || get.Challenges != nil {
		t.Errorf("GET: got %+v", get)
	}
	post, _ := s.auth.Declare("POST")
	if _, ok := post.Alternatives[0].Requirement["csrf"]; !ok || len(post.Refusals) != 1 || post.Schemes["csrf"].Name != "X-CSRFToken" {
		t.Errorf("POST: got %+v", post)
	}
	if _, ok := get.Alternatives[0].Requirement["csrf"]; ok {
		t.Error("POST's requirement got into GET's")
	}
	all := s.build(sessionauth.Config{CSRF: csrf.New(csrf.Config{Compat: csrf.Compat{DocumentAllMethods: true}})}, s.db.Sessions())
	if d, _ := all.Declare("GET"); len(d.Alternatives[0].Requirement) != 2 || len(d.Refusals) != 1 {
		t.Errorf("DocumentAllMethods: got %+v", d)
	}
	none := s.build(noCSRF(), s.db.Sessions())
	if d, _ := none.Declare("POST"); len(d.Alternatives[0].Requirement) != 1 || len(d.Refusals) != 0 || none.CSRF() != nil {
		t.Errorf("InsecureNoCSRF: got %+v", d)
	}
	twin := s.build(sessionauth.Config{}, s.db.Sessions())
	if _, err := auth.Compile(auth.AnyOf(s.auth, twin), "POST"); err != nil {
		t.Errorf("two of the same store: %v", err)
	}
	other := s.build(sessionauth.Config{}, memory.New().Sessions())
	if _, err := auth.Compile(auth.AnyOf(s.auth, other), "POST"); err == nil {
		t.Error("one name for two stores: got nil")
	}
	inSession := s.build(sessionauth.Config{CSRFInSession: true, Cookie: auth.Cookie{SchemeName: "s2"}}, s.db.Sessions())
	if _, err := auth.Compile(inSession, "POST"); err != nil {
		t.Error(err)
	}
}

func TestSettingsMistakes(t *testing.T) {
	db := memory.New()
	for name, c := range map[string]struct {
		cfg  sessionauth.Config
		want string
	}{
		"no secret":        {sessionauth.Config{}, "Secret has 0 bytes"},
		"short secret":     {sessionauth.Config{Secret: secret[:31]}, "Secret has 31 bytes"},
		"empty fallback":   {sessionauth.Config{Secret: secret, Fallbacks: [][]byte{nil}}, "Fallbacks[0]"},
		"negative age":     {sessionauth.Config{Secret: secret, Age: -1}, "Age"},
		"SameSite None":    {sessionauth.Config{Secret: secret, Cookie: auth.Cookie{SameSite: http.SameSiteNoneMode, Insecure: true}}, "SameSite"},
		"CSRF both ways":   {sessionauth.Config{Secret: secret, CSRFInSession: true, InsecureNoCSRF: true}, "exclude"},
		"bare origin":      {sessionauth.Config{Secret: secret, CSRF: csrf.New(csrf.Config{TrustedOrigins: []string{"app.example"}})}, "app.example"},
		"own CSRF secrets": {sessionauth.Config{Secret: secret, CSRF: csrf.New(csrf.Config{Secrets: nothing{}})}, "CSRFInSession"},
	} {
		a := sessionauth.New(db.Users(), db.Sessions(), c.cfg)
		_, err := a.Declare("GET")
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "declare_test.go:") {
			t.Errorf("%s: got %v, want %q and the line", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), string(secret[:20])) {
			t.Errorf("%s: the error holds the secret", name)
		}
		r := httptest.NewRequest("POST", "/", nil)
		_, errAuth := a.Authenticate(r)
		_, errBegin := a.Begin(r, auth.Account{ID: "1", Active: true})
		_, errEnd := a.End(r)
		_, errLoad := a.Load(r)
		_, errSave := a.Save(r, &sessionauth.Session{})
		_, errKeep := a.Keep(r, auth.Account{ID: "1"})
		_, errList := a.List(t.Context(), "1")
		_, errAll := a.EndAll(t.Context(), "1", "")
		for i, err := range []error{errAuth, errBegin, errEnd, errLoad, errSave, errKeep, errList, errAll, a.EndOne(t.Context(), "1", "x")} {
			if err == nil || errors.Is(err, auth.ErrSkip) {
				t.Errorf("%s: method %d works", name, i)
			}
		}
	}
	if _, err := sessionauth.New[*store.User](nil, nil, sessionauth.Config{Secret: secret}).Declare("GET"); err == nil {
		t.Error("nil stores: got nil")
	}
}

type nothing struct{}

func (nothing) CSRFSecret(*http.Request) (string, error) { return "", nil }
func (nothing) CookieNames() map[string]string           { return nil }

func (nothing) SetCSRFSecret(*http.Request, string) ([]*http.Cookie, error) { return nil, nil }
