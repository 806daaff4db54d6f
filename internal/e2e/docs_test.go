package e2e_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/docsui"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// try opens an operation of Swagger UI, fills in its body, executes it, and returns
// the status that the page shows.
const try = `
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const wait = async (find) => {
  for (let i = 0; i < 100; i++) {
    const found = find();
    if (found) return found;
    await sleep(50);
  }
  throw new Error("nothing found by " + find);
};
const type = (field, text) => {
  const proto = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  Object.getOwnPropertyDescriptor(proto, "value").set.call(field, text);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
};
const attempt = async (method, path, body) => {
  const block = await wait(() => [...document.querySelectorAll(".opblock-" + method)].find(
    (b) => b.querySelector(".opblock-summary-path").dataset.path === path));
  if (!block.classList.contains("is-open")) block.querySelector(".opblock-summary-control").click();
  const start = await wait(() => block.querySelector(".try-out__btn"));
  if (!start.classList.contains("cancel")) start.click();
  if (body) type(await wait(() => block.querySelector("textarea.body-param__text")), body);
  const clear = block.querySelector(".btn-clear");
  if (clear) clear.click();
  await sleep(100);
  (await wait(() => block.querySelector(".execute"))).click();
  const row = await wait(() => block.querySelector(".live-responses-table .response .response-col_status"));
  const text = block.querySelector(".live-responses-table .highlight-code code, .live-responses-table pre");
  return { status: row.textContent.trim().slice(0, 3), body: text ? text.textContent : "" };
};
`

// authorize enters a value for a scheme under Authorize, and takes it back.
const authorize = `
const container = async (scheme) => {
  document.querySelector(".btn.authorize").click();
  return wait(() => [...document.querySelectorAll(".auth-container")].find((c) => c.querySelector("h4").textContent.startsWith(scheme)));
};
const submit = async (found) => {
  await sleep(100);
  found.querySelector(".modal-btn.authorize, .modal-btn.auth").click();
  await sleep(100);
  document.querySelector(".btn-done").click();
};
const enter = async (scheme, value) => {
  const found = await container(scheme);
  type(found.querySelector("input"), value);
  await submit(found);
};
const leave = async (scheme) => submit(await container(scheme));
`

type attempt struct{ Status, Body string }

// consoleOf collects the messages of a browser's console. The function that it returns fails
// a test for each. The browser logs each 401 of the API, as it should.
func consoleOf(ctx context.Context) (complain func(t *testing.T)) {
	var mu sync.Mutex
	var console []chromedp.ConsoleMessage
	messages := chromedp.Console(ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			mu.Lock()
			console = append(console, message)
			mu.Unlock()
		}
	}()
	return func(t *testing.T) {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		for _, message := range console {
			if message.Type != "debug" && !strings.Contains(message.Text, "status of 401") {
				t.Errorf("console: %s: %s", message.Type, message.Text)
			}
		}
	}
}

// TestDocs uses the example's docs page in a browser: a session and its CSRF
// token, then a token under Authorize, without a message in the console.
func TestDocs(t *testing.T) {
	address := start(t, "example", "-data", t.TempDir())
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	complain := consoleOf(ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate(address+"/docs/")); err != nil {
		t.Fatal(err)
	}
	do := func(script string) (got attempt) {
		t.Helper()
		text, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte]("(async () => {"+try+script+"})()", chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
		if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%s: %s: %v", script, text, err)
		}
		return got
	}
	for _, step := range []struct{ name, script, status string }{
		{"anonymous", `return attempt("get", "/api/notes/")`, "401"},
		{"log in", `return attempt("post", "/api/session/login/", '{"username":"alice","password":"alice-pass"}')`, "200"},
		{"the session reads", `return attempt("get", "/api/notes/")`, "200"},
		{"and writes, with the CSRF token", `return attempt("post", "/api/notes/", '{"title":"Milk"}')`, "201"},
		{"whatever is entered for the token", authorize + `
await enter("csrf", "wrong");
return attempt("post", "/api/notes/", '{"title":"Milk"}')`, "201"},
		{"or if nothing is", authorize + `
await leave("csrf");
return attempt("post", "/api/notes/", '{"title":"Milk"}')`, "201"},
		{"log out", `return attempt("post", "/api/session/logout/")`, "204"},
		{"anonymous again", `return attempt("get", "/api/notes/")`, "401"},
	} {
		if got := do(step.script); got.Status != step.status {
			t.Errorf("%s: got %+v, want %s", step.name, got, step.status)
		}
	}
	do(authorize + `
const pair = await attempt("post", "/api/jwt/obtain/", '{"username":"alice","password":"alice-pass"}');
await enter("jwt", JSON.parse(pair.body.slice(pair.body.indexOf("{"))).access_token);
return pair`)
	if got := do(`return attempt("post", "/api/notes/", '{"title":"Bread"}')`); got.Status != "201" {
		t.Errorf("with a token: got %+v, want 201", got)
	}
	complain(t)
}

// evaluate runs the body of an async function in the page.
func evaluate[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T]("(async () => {"+try+script+"})()", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// TestProtectedDocs shows an API with a QUERY operation and a stream behind a session and
// behind HTTP Basic: the page, its files and the document need the credential.
func TestProtectedDocs(t *testing.T) {
	type ticket struct {
		Title string `json:"title"`
	}
	type search struct {
		Body struct {
			Text string `json:"text" example:"milk"`
		} `body:""`
	}
	db := memory.New()
	hasher := &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	accounts := account.New(password.NewChecker(db.Users(), hasher), account.Config{})
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: []byte(strings.Repeat("k", 40)), Cookie: auth.Cookie{Insecure: true}, CSRF: csrf.New(csrf.Config{Cookie: auth.Cookie{Insecure: true}}),
	})
	encoded, err := hasher.Hash(t.Context(), "alice-pass")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice", Password: encoded, Active: true}); err != nil {
		t.Fatal(err)
	}
	basic := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})
	stream := func(context.Context, rest.None) (rest.Stream[ticket], error) {
		return func(func(ticket, error) bool) {}, nil
	}
	find := func(_ context.Context, in search) ([]ticket, error) { return []ticket{{in.Body.Text}}, nil }
	for name, caller := range map[string]auth.Authenticator{"session": session, "basic": basic} {
		api, err := rest.New(rest.Settings{Title: "Tickets", Version: "1"}, rest.Router{
			Auth: caller, Routers: []rest.Router{accounts.Session("/session", session)},
			Controllers: []rest.Controller{
				{Path: "/tickets", Query: rest.Handle(find), Post: rest.Handle(find)},
				{Path: "/changes", Get: rest.Handle(stream)},
			},
			Mounts: []rest.Mount{
				{Path: "/openapi.json", Handler: rest.OpenAPI()},
				{Path: "/docs/", Handler: docsui.New(docsui.Config{})},
				{Path: "/login/", Auth: auth.Public, Handler: pageOf(`<title>log in</title><link rel=icon href="data:,">`)},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(api)
		defer server.Close()
		ctx := browser(t)
		complain := consoleOf(ctx)
		for _, file := range []string{"/docs/", "/docs/start.js", "/openapi.json"} {
			w := httptest.NewRecorder()
			if api.ServeHTTP(w, httptest.NewRequest("GET", file, nil)); w.Code != 401 {
				t.Errorf("%s: %s without a credential: got %d, want 401", name, file, w.Code)
			}
		}
		place := strings.Replace(server.URL, "http://", "http://alice:alice-pass@", 1)
		if name == "session" {
			place = server.URL
			if err := chromedp.Do(ctx, chromedp.Navigate(server.URL+"/login/")); err != nil {
				t.Fatal(err)
			}
			if got := evaluate[int](t, ctx, `return (await fetch("/session/login/", {method: "POST", headers: {"Content-Type": "application/json"}, body: '{"username":"alice","password":"alice-pass"}'})).status`); got != 200 {
				t.Fatalf("log in: got %d, want 200", got)
			}
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(place+"/docs/")); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct{ name, script, want string }{
			{"a QUERY operation", `return JSON.stringify((await attempt("query", "/tickets")).status)`, `"200"`},
			{"a POST operation", `return JSON.stringify((await attempt("post", "/tickets")).status)`, `"201"`},
			{"both versions", `return JSON.stringify(await Promise.all([...document.querySelectorAll("nav a")].map(async (a) => (await (await fetch(new URL(a.getAttribute("href"), location.href))).json()).openapi)))`, `["3.2.0","3.1.1"]`},
			{"streams", `
const section = await wait(() => document.querySelector("#streams:not([hidden])"));
return JSON.stringify([...section.querySelectorAll("li")].map((e) => e.firstChild.textContent + e.childNodes[1].textContent))`,
				`["GET /changes 200 application/jsonl","GET /changes 200 text/event-stream"]`},
		} {
			if got := evaluate[string](t, ctx, step.script); got != step.want {
				t.Errorf("%s: %s: got %s, want %s", name, step.name, got, step.want)
			}
		}
		complain(t)
	}
}
