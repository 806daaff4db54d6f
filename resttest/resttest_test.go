package resttest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/resttest"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/throttle"
)

type note struct {
	Title string `json:"title" minLength:"2"`
}

type newNote struct {
	Body note        `body:""`
	User *store.User `auth:""`
}

type saved struct {
	Title string   `json:"title"`
	By    string   `json:"by"`
	Roles []string `json:"roles"`
}

// newAPI is an API under test.
func newAPI(t *testing.T, format rest.ErrorFormat, login auth.Authenticator, routers ...rest.Router) *rest.API {
	t.Helper()
	save := func(ctx context.Context, in newNote) (saved, error) {
		out := saved{Title: in.Body.Title, By: in.User.Username, Roles: []string{}}
		if claims, ok := auth.MustFromContext(ctx).Credential.(*jwtauth.Claims); ok {
			out.Roles, _ = jwtauth.Claim[[]string](claims, "roles")
		}
		return out, nil
	}
	perUser := throttle.New(throttle.Limit{Requests: 2, Window: time.Hour, Key: throttle.User()})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: login, ErrorFormat: format}, append(routers, rest.Router{Controllers: []rest.Controller{
		{Path: "/notes/", Post: rest.Handle(save)},
		{Path: "/few", Post: rest.Handle(save, rest.Op{Limits: []rest.Limiter{perUser}})},
	}})...)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

var alice, bob = &store.User{ID: "1", Username: "alice"}, &store.User{ID: "2", Username: "bob"}

// TestLogin: each client is let in as its own user, with its credential and its limits.
func TestLogin(t *testing.T) {
	client := resttest.NewClient(t, newAPI(t, nil, resttest.NewLogin[*store.User]()))
	for _, user := range []*store.User{alice, bob} {
		got := resttest.Decode[saved](client.As(user).Post("/notes/", note{"hello"}).Want(201))
		if got.By != user.Username || got.Title != "hello" {
			t.Errorf("got %+v, want the user %s", got, user.Username)
		}
	}
	admin := client.AsIdentity(auth.Identity{Principal: alice, Credential: resttest.Claims(t, "1", map[string]any{"roles": []string{"admin"}})})
	if got := resttest.Decode[saved](admin.Post("/notes/", note{"hello"})); !reflect.DeepEqual(got.Roles, []string{"admin"}) {
		t.Errorf("got the roles %v", got.Roles)
	}
	for range 2 {
		client.As(alice).Post("/few", note{"hello"}).Want(201)
	}
	client.As(alice).Post("/few", note{"hello"}).Want(429)
	client.As(bob).Post("/few", note{"hello"}).Want(201)
	if err := client.Post("/notes/", note{"hello"}).Want(401).Err(); err.Code != "security" {
		t.Errorf("got %+v, want a refusal", err)
	}
	client.As("a text").Post("/notes/", note{"hello"}).Want(401)
}

// TestErrors: both formats are read into the same error.
func TestErrors(t *testing.T) {
	for name, format := range map[string]rest.ErrorFormat{"details": rest.Details, "problem": rest.Problem} {
		client := resttest.NewClient(t, newAPI(t, format, resttest.NewLogin[*store.User]())).As(alice)
		err := client.Post("/notes/", map[string]string{"title": "x"}).Want(400).Err()
		if len(err.Details) != 1 || !reflect.DeepEqual(err.Details[0].Loc, []any{"parsed_body", "title"}) || !strings.Contains(err.Details[0].Msg, "2") {
			t.Errorf("%s: got %+v", name, err)
		}
		if err := client.Get("/nowhere").Err(); err.Status != 404 || err.Code != "not_found" || err.Msg == "" {
			t.Errorf("%s: got %+v", name, err)
		}
		if err := client.Post("/notes/", note{"hello"}).Err(); err != nil {
			t.Errorf("%s: got %v for a success", name, err)
		}
	}
}

// TestCookies: a real login by session works, cookies and CSRF token included, and ends.
func TestCookies(t *testing.T) {
	db := memory.New()
	hasher := &password.Hasher{}
	encoded, err := hasher.Hash(t.Context(), "alice-pass")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice", Password: encoded, Active: true}); err != nil {
		t.Fatal(err)
	}
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte(strings.Repeat("s", 40))})
	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{})
	client := resttest.NewClient(t, newAPI(t, nil, session, accounts.Session("/session", session)))
	client.Post("/session/login/", account.Credentials{Username: "alice", Password: "alice-pass"}).Want(200)
	if client.Cookie("/", "sessionid") == nil {
		t.Error("the client has no session cookie")
	}
	client.Post("/notes/", note{"hello"}).Want(201)
	client.Header.Set("X-CSRFToken", "wrong")
	client.Post("/notes/", note{"hello"}).Want(403)
	client.Header.Del("X-CSRFToken")
	client.Post("/session/logout/", nil).Want(204)
	if client.Cookie("/", "sessionid") != nil {
		t.Error("the client still has the session cookie")
	}
	client.Post("/notes/", note{"hello"}).Want(401)
}

// TestBodies: each kind of body is sent with its type.
func TestBodies(t *testing.T) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %q", r.Method, r.URL, r.Header.Get("Content-Type"))
	})
	client := resttest.NewClient(t, echo)
	for want, got := range map[string]*resttest.Reply{
		`GET https://api.test/a?b=c ""`:                               client.Get("/a?b=c"),
		`PUT https://api.test/ "application/json"`:                    client.Put("/", 1),
		`PATCH https://api.test/ "application/x-www-form-urlencoded"`: client.Patch("/", url.Values{"a": {"b"}}),
		`DELETE https://api.test/ ""`:                                 client.Delete("/"),
		`QUERY https://api.test/ ""`:                                  client.Send("QUERY", "/", strings.NewReader("x")),
	} {
		if string(got.Body) != want {
			t.Errorf("got %s, want %s", got.Body, want)
		}
	}
}

// failures is a test that is expected to fail.
type failures struct {
	testing.TB
	texts []string
}

var errStop = errors.New("FailNow")

func (f *failures) Helper() {}
func (f *failures) Errorf(format string, args ...any) {
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}
func (f *failures) Fatalf(format string, args ...any) { f.Errorf(format, args...); panic(errStop) }

// failing runs a part of a test, and returns what it reports.
func failing(t *testing.T, part func(testing.TB)) []string {
	f := &failures{TB: t}
	func() {
		defer func() {
			if v := recover(); v != nil && v != errStop {
				panic(v)
			}
		}()
		part(f)
	}()
	return f.texts
}

// TestUnexpected: what a test does not expect fails it.
func TestUnexpected(t *testing.T) {
	api := newAPI(t, nil, resttest.NewLogin[*store.User]())
	for name, part := range map[string]func(*resttest.Client){
		"another status": func(c *resttest.Client) { c.Post("/notes/", note{"hello"}).Want(200) },
		"an error":       func(c *resttest.Client) { resttest.Decode[saved](c.Get("/nowhere")) },
		"not a list":     func(c *resttest.Client) { resttest.Decode[[]saved](c.Post("/notes/", note{"hello"})) },
		"no JSON":        func(c *resttest.Client) { c.Post("/", func() {}) },
		"not documented": func(c *resttest.Client) { c.Get("/nowhere").Documented(api.Document()) },
	} {
		if got := failing(t, func(t testing.TB) { part(resttest.NewClient(t, api).As(alice)) }); len(got) != 1 {
			t.Errorf("%s: got %q, want one failure", name, got)
		}
	}
}

// TestDocumented compares replies with the document, and with documents that lie.
func TestDocumented(t *testing.T) {
	api := newAPI(t, nil, resttest.NewLogin[*store.User]())
	client := resttest.NewClient(t, api).As(alice)
	for _, reply := range []*resttest.Reply{
		client.Post("/notes/", note{"hello"}), client.Post("/notes/", note{"x"}), client.Post("/notes/", nil), resttest.NewClient(t, api).Post("/notes/", nil),
	} {
		reply.Documented(api.Document())
	}
	for want, lie := range map[string]string{
		`lacks the member "gone"`:           `{"type":"object","required":["gone"]}`,
		`is "hello", want the type integer`: `{"properties":{"title":{"type":"integer"}}}`,
		`has the member "by"`:               `{"properties":{"title":{},"roles":{}},"additionalProperties":false}`,
		`has 5, the schema has minLength 6`: `{"properties":{"title":{"minLength":6}}}`,
		`does not match "^x"`:               `{"properties":{"title":{"pattern":"^x"}}}`,
		`want one of [a b]`:                 `{"properties":{"title":{"enum":["a","b"]}}}`,
		`matches 0 schemas of anyOf`:        `{"anyOf":[{"type":"array"},{"type":"string"}]}`,
		`matches 2 schemas of oneOf`:        `{"oneOf":[{},{"type":"object"}]}`,
		`has 0, the schema has minItems 1`:  `{"properties":{"roles":{"minItems":1}}}`,
		`is "hello", want hullo`:            `{"allOf":[{"properties":{"title":{"const":"hullo"}}}]}`,
	} {
		got := failing(t, func(t testing.TB) {
			reply := resttest.NewClient(t, api).As(alice).Post("/notes/", note{"hello"})
			resttest.CheckSchema(reply, lie)
		})
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%s: got %q", want, got)
		}
	}
	challenged := newAPI(t, nil, challenging{resttest.NewLogin[*store.User]()})
	for want, change := range map[string]func(*resttest.Reply){
		"does not have this status":         func(r *resttest.Reply) { r.Status = 418 },
		"does not have the media type":      func(r *resttest.Reply) { r.Header.Set("Content-Type", "text/csv") },
		"the body is not JSON":              func(r *resttest.Reply) { r.Body = []byte("{") },
		"the body lacks the member":         func(r *resttest.Reply) { r.Body = []byte("{}") },
		"the header WWW-Authenticate is mi": func(r *resttest.Reply) { r.Header.Del("Www-Authenticate") },
	} {
		got := failing(t, func(t testing.TB) {
			reply := resttest.NewClient(t, challenged).Post("/notes/", nil).Want(401)
			change(reply)
			reply.Documented(challenged.Document())
		})
		if len(got) == 0 || !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%s: got %q", want, got)
		}
	}
}

// TestDocumentedKinds: replies that are not JSON are compared as well.
func TestDocumentedKinds(t *testing.T) {
	type table struct {
		Body func(io.Writer) error `body:"text/csv; charset=utf-8"`
	}
	api := openAPI(t,
		rest.Controller{Path: "/csv", Get: rest.Handle(func(context.Context, rest.None) (table, error) {
			return table{func(w io.Writer) error { _, err := io.WriteString(w, "id\n1\n"); return err }}, nil
		})},
		rest.Controller{Path: "/plain", Get: rest.HandleHTTP(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			_, _ = io.WriteString(w, "tea")
		})})
	client := resttest.NewClient(t, api)
	client.Get("/csv").Want(200).Documented(api.Document())
	client.Get("/plain").Want(418).Documented(api.Document())
	got := failing(t, func(t testing.TB) {
		reply := resttest.NewClient(t, api).Get("/csv")
		reply.Header.Set("Content-Type", "text/csv; charset=latin1")
		reply.Documented(api.Document())
	})
	if want := "does not have the media type text/csv; charset=latin1"; len(got) != 1 || !strings.Contains(got[0], want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestAborted: half a reply does not look whole, and a stream ends with the request.
func TestAborted(t *testing.T) {
	type table struct {
		Body func(io.Writer) error `body:"text/csv"`
	}
	api := openAPI(t,
		rest.Controller{Path: "/broken", Get: rest.Handle(func(context.Context, rest.None) (table, error) {
			return table{func(w io.Writer) error {
				_, err := io.WriteString(w, strings.Repeat("x", 1<<16))
				return errors.Join(err, errors.New("the database has gone"))
			}}, nil
		})})
	client := resttest.NewClient(t, api)
	if reply := client.Get("/broken"); !reply.Aborted || reply.Status != 200 || len(reply.Body) == 0 {
		t.Errorf("got %d with %d bytes, aborted: %t", reply.Status, len(reply.Body), reply.Aborted)
	}
	got := failing(t, func(t testing.TB) { resttest.NewClient(t, api).Get("/broken").Want(200) })
	if len(got) != 1 || !strings.Contains(got[0], "aborted the connection after 65536 bytes") {
		t.Errorf("got %.200q, want a failure", got)
	}
}

// TestCancelledStream: a client that leaves has what was written before.
func TestCancelledStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		api := openAPI(t, rest.Controller{Path: "/stream", Get: rest.Handle(func(ctx context.Context, _ rest.None) (rest.Stream[string], error) {
			return func(yield func(string, error) bool) {
				yield("one", nil)
				synctest.Wait() // until it is written
				cancel()
				<-ctx.Done()
			}, nil
		})})
		reply := resttest.NewClient(t, api).Do(httptest.NewRequestWithContext(ctx, "GET", "/stream", nil)).Want(200).Documented(api.Document())
		if want := "data: \"one\"\n\n"; string(reply.Body) != want {
			t.Errorf("got the stream %q, want %q", reply.Body, want)
		}
	})
}

// openAPI makes an API of public controllers.
func openAPI(t *testing.T, controllers ...rest.Controller) *rest.API {
	t.Helper()
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Logger: slog.New(slog.DiscardHandler)}, rest.Router{Auth: auth.Public, Controllers: controllers})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// challenging is a login with a challenge.
type challenging struct{ *resttest.Login[*store.User] }

func (c challenging) Declare(method string) (auth.Declaration, error) {
	d, err := c.Login.Declare(method)
	d.Challenges = []string{"Test"}
	return d, err
}
