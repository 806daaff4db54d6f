package rest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/memory"
)

// TestOneCauseIsOneLine: a secret that is too short is one mistake, however many
// backends and operations use it; another secret is another mistake.
func TestOneCauseIsOneLine(t *testing.T) {
	db := memory.New()
	build := func(first, second string) error {
		session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte(first)})
		tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte(first), Families: db.Families()})
		keys := tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: []byte(second)})
		caller := auth.AnyOf(session, tokens.Header(), keys.Header())
		accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
		s := settings()
		s.Auth = caller
		_, err := rest.New(s, rest.Router{
			Path: "/api",
			Controllers: []rest.Controller{
				{Path: "/notes", Get: rest.Handle(hello), Post: rest.Handle(hello)},
				{Path: "/me", Auth: auth.Optional(session), Get: rest.Handle(hello)},
				{Path: "/t", Auth: tokens.Header(), Get: rest.Handle(hello, rest.Op{Auth: caller})},
			},
			Mounts: []rest.Mount{{Path: "/openapi.json", Handler: rest.OpenAPI()}},
			Routers: []rest.Router{
				accounts.Session("/session", session), accounts.JWT("/jwt", tokens),
				accounts.Tokens("/tokens", caller, keys), accounts.Password("/password", caller, session, tokens),
			},
		})
		return err
	}
	if text := build("short", "short").Error(); strings.Count(text, "\n") != 1 || strings.Count(text, "config_error_test.go:") != 3 || !strings.Contains(text, " and ") {
		t.Errorf("one secret: got %s, want one mistake at three lines", text)
	}
	if text := build("short", "brief").Error(); strings.Count(text, "\n") != 2 {
		t.Errorf("two secrets: got %s", text)
	}
	if err := build(strings.Repeat("s", 40), strings.Repeat("t", 40)); err != nil {
		t.Errorf("long secrets: %v", err)
	}
	count := 0
	for e := range rest.ConfigErrors(build("short", "short")) {
		if count++; e.More < 5 {
			t.Errorf("got %d other operations", e.More)
		}
	}
	if count != 1 {
		t.Errorf("got %d errors", count)
	}
}

// TestMistakesOfSettings: what is wrong in Settings is reported with everything else, and
// keeps nothing from being checked.
func TestMistakesOfSettings(t *testing.T) {
	type body struct {
		Body struct {
			Name string `json:"name" minLength:"5" maxLength:"3"`
			Age  int    `json:"age" enum:"a,b"`
			Kind string `json:"kind" format:"colour"`
		} `body:""`
	}
	s := settings()
	s.Languages, s.OpenAPI = []string{"english"}, "3.0.3"
	long := strings.Repeat("s", 40)
	db := memory.New()
	s.Auth = auth.AnyOf(
		sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte("one")}),
		jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte("another")}).Header(),
		tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: []byte(long), Size: 1}).Header(),
	)
	_, err := rest.New(s, rest.Router{Controllers: []rest.Controller{{Path: "/x", Post: reading[body]()}}})
	if err == nil {
		t.Fatal("it starts")
	}
	text := err.Error()
	for _, want := range []string{"english", "3.0.3", "sessionauth: Secret", "jwtauth: the key: Secret", "tokenauth: Size", "minLength", "enum", "colour"} {
		if strings.Count(text, want) == 0 {
			t.Errorf("%q is not reported: %s", want, text)
		}
	}
	count := 0
	for range rest.ConfigErrors(err) {
		count++
	}
	if count != 8 || strings.Count(text, "\n") != 8 || strings.Contains(text, "struct {") {
		t.Errorf("got %d mistakes, want 8, each on a line of its own: %s", count, text)
	}
}

type misspelt struct {
	Kind  int    `json:"kind" enum:"a"`
	Title string `json:"title" format:"nope" minLength:"x"`
}

type misspeltInput struct {
	Body misspelt `body:""`
}

// TestOneMistakeOfATypeIsOneLine: a type that many operations read and write has each of
// its mistakes once, with the lines of those operations.
func TestOneMistakeOfATypeIsOneLine(t *testing.T) {
	echo := func(_ context.Context, in misspeltInput) (misspelt, error) { return in.Body, nil }
	list := func(context.Context, rest.None) ([]misspelt, error) { return nil, nil }
	_, err := rest.New(settings(), rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/a", Get: rest.Handle(list), Post: rest.Handle(echo)},
		{Path: "/b", Put: rest.Handle(echo)},
	}})
	if err == nil {
		t.Fatal("got no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, want := range []string{`misspelt.Kind: enum:"a"`, `misspelt.Title: format:"nope"`, `misspelt.Title: minLength:"x"`} {
		found := 0
		for _, line := range lines {
			if strings.Contains(line, want) && strings.Contains(line, " and 2 more") && strings.Contains(line, "config_error_test.go:") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s: got %d lines in %s", want, found, err)
		}
	}
	if len(lines) != 4 {
		t.Errorf("got %d lines: %s", len(lines), err)
	}
}
