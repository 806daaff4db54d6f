package account_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// customers is a table of users of the application's own, whose ids are not integers.
type customers struct {
	mu  sync.Mutex
	ids map[string]auth.Account
}

func (c *customers) ByID(_ context.Context, id string) (string, auth.Account, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if account, ok := c.ids[id]; ok {
		return account.Username, account, nil
	}
	return "", auth.Account{}, store.ErrNotFound
}

func (c *customers) ByUsername(ctx context.Context, name string) (string, auth.Account, error) {
	return c.ByID(ctx, "id-of-"+name)
}

func (c *customers) create(_ context.Context, u store.User) (*store.User, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := "id-of-" + u.Username
	c.ids[id] = auth.Account{ID: id, Username: u.Username, Password: u.Password, Active: u.Active}
	return &u, nil
}

// TestTextIDs signs up, and logs in by each kind of login, as a user whose id is text.
func TestTextIDs(t *testing.T) {
	users, db := &customers{ids: map[string]auth.Account{}}, memory.New()
	hasher := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	accounts := account.New(password.NewChecker(users, hasher), account.Config{})
	session := sessionauth.New(users, db.Sessions(), sessionauth.Config{Secret: secret, Cookie: auth.Cookie{Insecure: true}})
	tokens := jwtauth.New(users, jwtauth.Config{Secret: secret, Families: db.Families()})
	keys := tokenauth.New(users, db.Tokens(), tokenauth.Config{Secret: secret, TrackUse: true})
	api := newAPI(t, accounts.SignUp("/sign-up", users.create), accounts.Session("/session", session),
		accounts.JWT("/jwt", tokens), accounts.Tokens("/tokens", keys.Header(), keys))
	b := newBrowser(api)
	const credentials = `{"username":"dora","password":"long enough"}`
	send := func(method, path, body, want string, headers ...string) map[string]any {
		t.Helper()
		w := b.send(method, path, body, append(headers, "X-CSRFToken", b.jar["csrftoken"])...)
		if w.Code >= 300 || !strings.Contains(w.Body.String(), want) {
			t.Fatalf("%s %s: got %d %s, want %s", method, path, w.Code, w.Body, want)
		}
		var reply map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &reply) // some replies are lists, or empty
		return reply
	}
	send("POST", "/sign-up/", credentials, `{"user_id":"id-of-dora"}`)
	send("POST", "/session/login/", credentials, `{"user_id":"id-of-dora"}`)
	send("POST", "/session/logout/all/", "", "")

	pair := send("POST", "/jwt/obtain/", credentials, "refresh_token")
	pair = send("POST", "/jwt/refresh/", fmt.Sprintf(`{"refresh_token":%q}`, pair["refresh_token"]), "access_token")
	if user, _, err := tokens.Verify(t.Context(), fmt.Sprint(pair["access_token"])); err != nil {
		t.Errorf("the access token: got %v, %v", user, err)
	}

	key := fmt.Sprint(send("POST", "/tokens/obtain/", credentials, "token")["token"])
	send("GET", "/tokens/list/", "", `"id":1`, "X-API-Token", key)
	send("DELETE", "/tokens/list/1/", "", "", "X-API-Token", key)
	if w := b.send("GET", "/tokens/list/", "", "X-API-Token", key); w.Code != 401 {
		t.Errorf("a revoked token: got %d %s", w.Code, w.Body)
	}
}

// TestSignUpWithoutAnID is a create whose users New does not find.
func TestSignUpWithoutAnID(t *testing.T) {
	accounts := account.New(password.NewChecker(memory.New().Users(), nil), account.Config{})
	create := func(_ context.Context, u store.User) (*store.User, error) { return &u, nil }
	api := newAPI(t, rest.Router{Routers: []rest.Router{accounts.SignUp("/sign-up", create)}})
	if w := newBrowser(api).send("POST", "/sign-up/", `{"username":"dora","password":"long enough"}`); w.Code != 500 || strings.Contains(w.Body.String(), "user_id") {
		t.Errorf("got %d %s, want 500", w.Code, w.Body)
	}
}
