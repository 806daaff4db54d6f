package e2e_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
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

type attempt struct{ Status, Body string }

// TestDocs uses the example's docs page in a browser: a session and its CSRF
// token, then a token under Authorize, without a message in the console.
func TestDocs(t *testing.T) {
	address := start(t, "example", "-data", t.TempDir())
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
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
		{"log out", `return attempt("post", "/api/session/logout/")`, "204"},
		{"anonymous again", `return attempt("get", "/api/notes/")`, "401"},
	} {
		if got := do(step.script); got.Status != step.status {
			t.Errorf("%s: got %+v, want %s", step.name, got, step.status)
		}
	}
	do(`
const pair = await attempt("post", "/api/jwt/obtain/", '{"username":"alice","password":"alice-pass"}');
document.querySelector(".btn.authorize").click();
const bearer = await wait(() => [...document.querySelectorAll(".auth-container")].find((c) => c.textContent.includes("jwt")));
type(bearer.querySelector("input"), JSON.parse(pair.body.slice(pair.body.indexOf("{"))).access_token);
await sleep(100);
bearer.querySelector(".modal-btn.authorize").click();
await sleep(100);
document.querySelector(".btn-done").click();
return pair`)
	if got := do(`return attempt("post", "/api/notes/", '{"title":"Bread"}')`); got.Status != "201" {
		t.Errorf("with a token: got %+v, want 201", got)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, message := range console {
		// The browser logs each 401 of the API, as it should.
		if message.Type != "debug" && !strings.Contains(message.Text, "status of 401") {
			t.Errorf("console: %s: %s", message.Type, message.Text)
		}
	}
}
