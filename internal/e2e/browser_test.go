package e2e_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/coder/websocket"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// TestFormShowsProblem: a page puts each mistake of a problem beside the field that it
// names, with nothing but the pointer to go by.
func TestFormShowsProblem(t *testing.T) {
	const page = `<title>sign up</title>
<form id=form>
  <input name=name value=x><span data-for=/name></span>
  <input name=age value=7><span data-for=/age></span>
  <p id=whole></p>
</form>
<script>
async function submit() {
  const fields = new FormData(form);
  const reply = await fetch("/users?plan=gold", {method: "POST", headers: {"Content-Type": "application/json"},
    body: JSON.stringify({name: fields.get("name"), age: Number(fields.get("age"))})});
  if (!reply.headers.get("Content-Type").startsWith("application/problem+json")) return "no problem";
  const problem = await reply.json();
  for (const mistake of problem.errors ?? []) {
    const place = mistake.pointer ? document.querySelector('[data-for="' + CSS.escape(mistake.pointer) + '"]') : whole;
    place.textContent += mistake.parameter ? mistake.parameter + ": " + mistake.detail : mistake.detail;
  }
  return [...document.querySelectorAll("[data-for], #whole")].map((e) => e.textContent).join("|");
}
</script>`
	type signUp struct {
		Plan string `query:"plan" enum:"free,paid"`
		Body struct {
			Name string `json:"name" minLength:"2"`
			Age  int    `json:"age" minimum:"18"`
		} `body:""`
	}
	api, err := rest.New(rest.Settings{Title: "Form", Version: "1", ErrorFormat: rest.Problem, Languages: []string{"en"}}, rest.Router{
		Auth:        auth.Public,
		Controllers: []rest.Controller{{Path: "/users", Post: rest.Handle(func(context.Context, signUp) (rest.None, error) { return rest.None{}, nil })}},
		Mounts:      []rest.Mount{{Path: "/", Handler: pageOf(page)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`submit()`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if want := "Expected at least 2 characters|Expected a number that is 18 or greater|plan: Expected one of 'free', 'paid'"; got != want {
		t.Errorf("the page shows %q, want %q", got, want)
	}
}

// TestWebSocket: a browser talks to a typed handler that returns the handler of a WebSocket
// library. A room that the input refuses does not open.
func TestWebSocket(t *testing.T) {
	type join struct {
		Room string `path:"room" pattern:"^[a-z]+$"`
	}
	echo := func(_ context.Context, in join) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			defer func() { _ = conn.CloseNow() }()
			kind, text, err := conn.Read(r.Context())
			if err == nil {
				_ = conn.Write(r.Context(), kind, append([]byte(in.Room+": "), text...))
			}
			_ = conn.Close(websocket.StatusNormalClosure, "")
		}), nil
	}
	api, err := rest.New(rest.Settings{Title: "Chat", Version: "1"}, rest.Router{
		Auth:        auth.Public,
		Controllers: []rest.Controller{{Path: "/rooms/{room}", Get: rest.Handle(echo)}},
		Mounts:      []rest.Mount{{Path: "/", Handler: pageOf("<title>chat</title>")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	for room, want := range map[string]string{"go": "go: hello", "42": "refused"} {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`new Promise((done) => {
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/rooms/`+room+`");
  socket.onopen = () => socket.send("hello");
  socket.onmessage = (e) => done(e.data);
  socket.onerror = () => done("refused");
})`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("room %s: got %q, want %q", room, got, want)
		}
	}
}
