package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth/basicauth"
)

// TestCachedBasicCredentials: a browser that was once given a password for HTTP Basic
// sends it with the requests of any page. Those of other origins are refused, and those
// of the API's own pages are served.
func TestCachedBasicCredentials(t *testing.T) {
	var paid, carried atomic.Int32
	basic := basicauth.New(basicauth.Static(map[string]string{"alice": "secret"}), basicauth.Config{})
	page := pageOf("<title>bank</title>")
	api, err := rest.New(rest.Settings{Title: "Bank", Version: "1", Auth: basic}, rest.Router{
		Controllers: []rest.Controller{{Path: "/pay", Post: rest.Handle(func(context.Context, rest.None) (string, error) {
			paid.Add(1)
			return "paid", nil
		})}},
		Mounts: []rest.Mount{{Path: "/", Handler: page, Auth: basic}},
	})
	if err != nil {
		t.Fatal(err)
	}
	bank := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.Header.Get("Authorization") != "" {
			carried.Add(1)
		}
		api.ServeHTTP(w, r)
	}))
	defer bank.Close()
	elsewhere := httptest.NewServer(pageOf("<title>elsewhere</title>"))
	defer elsewhere.Close()

	ctx := browser(t)

	login, err := url.Parse(bank.URL)
	if err != nil {
		t.Fatal(err)
	}
	login.User = url.UserPassword("alice", "secret")
	post := func(from, fetch string) {
		t.Helper()
		if err := chromedp.Do(ctx, chromedp.Navigate(from)); err != nil {
			t.Fatal(err)
		}
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](fetch, chromedp.EvalAwaitPromise, chromedp.EvalAsValue)); err != nil {
			t.Fatalf("%s: %v", from, err)
		}
	}
	fetch := func(options string) string {
		return fmt.Sprintf(`fetch(%q, {method: "POST", credentials: "include", %s}).then(() => "", () => "")`, bank.URL+"/pay", options)
	}
	form := fmt.Sprintf(`new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.name = "pay";
  document.body.append(frame);
  const form = document.createElement("form");
  Object.assign(form, {method: "POST", action: %q, target: "pay", enctype: "text/plain"});
  document.body.append(form);
  frame.onload = () => done("");
  form.submit();
})`, bank.URL+"/pay")

	if err := chromedp.Do(ctx, chromedp.Navigate(login.String())); err != nil {
		t.Fatal(err)
	}
	post(bank.URL+"/", fetch(`mode: "same-origin"`))
	if paid.Load() != 1 {
		t.Errorf("the API's own page: got %d payments, want 1", paid.Load())
	}
	otherSite := strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)
	carried.Store(0)
	for _, from := range []string{elsewhere.URL, otherSite} {
		post(from, fetch(`mode: "no-cors"`))
		post(from, fetch(`mode: "no-cors", body: new Blob(["{}"])`))
		post(from, form)
	}
	if paid.Load() != 1 {
		t.Errorf("pages of other origins made %d payments", paid.Load()-1)
	}
	if carried.Load() == 0 {
		t.Error("the browser sent the password with none of them: the test shows nothing")
	}
}
