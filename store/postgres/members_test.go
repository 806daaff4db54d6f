package postgres_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
)

// TestMembers logs a member of the example in, by an address in another case.
func TestMembers(t *testing.T) {
	url := servers.Postgres(t).URL
	db := open(t, url, postgres.Config{})
	hasher := &password.Hasher{}
	encoded, err := hasher.Hash(t.Context(), "alice-pass")
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`CREATE TABLE member (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email text NOT NULL, team text NOT NULL, password text NOT NULL, active boolean NOT NULL)`,
		`CREATE UNIQUE INDEX ON member (lower(email))`,
		`INSERT INTO member (email, team, password, active) VALUES ('Alice@example.com', 'red', '` + encoded + `', true)`,
	} {
		if _, err := db.Pool().Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	members := &Members{db.Pool()}
	for _, id := range []string{"", "7", "abc", "4B0B2A4E-6F0E-4A3E-9A39-0D8E7C3F1A52", "4b0b2a4e-6f0e-4a3e-9a39-0d8e7c3f1a52"} {
		if _, _, err := members.ByID(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("ByID(%q): got %v, want store.ErrNotFound", id, err)
		}
	}
	session := sessionauth.New(members, db.Sessions(), sessionauth.Config{Secret: []byte(strings.Repeat("s", 50)), Cookie: auth.Cookie{Insecure: true}})
	type mine struct {
		Member *Member `auth:""`
	}
	team := func(_ context.Context, in mine) (string, error) { return in.Member.Team, nil }
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: session},
		rest.Router{Controllers: []rest.Controller{{Path: "/team/", Get: rest.Handle(team)}}},
		account.New(password.NewChecker(members, hasher), account.Config{}).Session("/session", session))
	if err != nil {
		t.Fatal(err)
	}
	login := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/session/login/", strings.NewReader(`{"username":"alice@EXAMPLE.com","password":"alice-pass"}`))
	r.Header.Set("Content-Type", "application/json")
	api.ServeHTTP(login, r)
	if login.Code != http.StatusOK {
		t.Fatalf("login: got %d %s", login.Code, login.Body)
	}
	r = httptest.NewRequest(http.MethodGet, "/team/", nil)
	for _, cookie := range login.Result().Cookies() {
		r.AddCookie(cookie)
	}
	reply := httptest.NewRecorder()
	api.ServeHTTP(reply, r)
	if reply.Code != http.StatusOK || reply.Body.String() != `"red"` {
		t.Errorf("got %d %s, want the team of the member", reply.Code, reply.Body)
	}
}
