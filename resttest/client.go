// Package resttest tests the handlers of an API, from a request to the decoded reply.
//
//	login := resttest.NewLogin[*store.User]() // in the place of the session, JWT, …
//	client := resttest.NewClient(t, newAPI(db, login))
//	alice := client.As(&store.User{ID: "1", Username: "alice"})
//
//	note := resttest.Decode[Note](alice.Post("/notes/", NewNote{Title: "x"}).Want(201))
//	if err := client.Get("/notes/1/").Want(401).Err(); err.Code != "security" { … }
//
// A [Client] keeps cookies and sends the CSRF token as a browser's page does, so that the
// real logins of package account can be tested as well. [Reply.Documented] compares a reply
// with the OpenAPI document.
//
// Package authtest is for tests of authenticators.
package resttest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/go-modern-rest/rest/auth"
)

// Client sends requests to a handler, without a network. Its requests come from a page of
// https://api.test, where the handler is. Use it in the goroutine of the test.
type Client struct {
	// Header joins each request; its values win over those that the client would send. It
	// is for an Authorization header, for example.
	Header http.Header
	// CSRFCookie and CSRFHeader name the cookie and the header of the CSRF token. They
	// default to those of package csrf, csrftoken and X-CSRFToken.
	CSRFCookie, CSRFHeader string

	t       testing.TB
	handler http.Handler
	jar     http.CookieJar
	login   *auth.Identity // see As; nil: none
}

// NewClient returns a client that is not logged in. Unexpected replies fail the test.
func NewClient(t testing.TB, h http.Handler) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Client{Header: http.Header{}, CSRFCookie: "csrftoken", CSRFHeader: "X-CSRFToken", t: t, handler: h, jar: jar}
}

var origin = &url.URL{Scheme: "https", Host: "api.test"}

// Get sends a GET request.
func (c *Client) Get(path string) *Reply { c.t.Helper(); return c.Send(http.MethodGet, path, nil) }

// Post sends a POST request with a body, see [Client.Send].
func (c *Client) Post(path string, body any) *Reply {
	c.t.Helper()
	return c.Send(http.MethodPost, path, body)
}

// Put sends a PUT request with a body, see [Client.Send].
func (c *Client) Put(path string, body any) *Reply {
	c.t.Helper()
	return c.Send(http.MethodPut, path, body)
}

// Patch sends a PATCH request with a body, see [Client.Send].
func (c *Client) Patch(path string, body any) *Reply {
	c.t.Helper()
	return c.Send(http.MethodPatch, path, body)
}

// Delete sends a DELETE request.
func (c *Client) Delete(path string) *Reply {
	c.t.Helper()
	return c.Send(http.MethodDelete, path, nil)
}

// Send sends a request. The path may have a query. A nil body is none, an [io.Reader] is
// sent as it is (set Content-Type in Header), url.Values are sent as a form, and any other
// value is sent as JSON. A request with an unsafe method has the CSRF token, if the client
// has its cookie.
func (c *Client) Send(method, path string, body any) *Reply {
	c.t.Helper()
	return c.Do(c.request(method, path, body))
}

func (c *Client) request(method, path string, body any) *http.Request {
	c.t.Helper()
	reader, kind := io.Reader(http.NoBody), ""
	switch body := body.(type) {
	case nil:
	case io.Reader:
		reader = body
	case url.Values:
		reader, kind = bytes.NewReader([]byte(body.Encode())), "application/x-www-form-urlencoded"
	default:
		text, err := json.Marshal(body)
		if err != nil {
			c.t.Fatalf("%s %s: the body cannot be written as JSON: %v", method, path, err)
		}
		reader, kind = bytes.NewReader(text), "application/json"
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, origin.String()+path, reader)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// Do sends a request that was made elsewhere, with the cookies and headers of the client.
// The end of its context is a client that leaves. A stream that does not end by itself is
// tested with a context that the test ends; the reply has what was sent until then.
func (c *Client) Do(r *http.Request) *Reply {
	c.t.Helper()
	for _, cookie := range c.jar.Cookies(origin.ResolveReference(r.URL)) {
		r.AddCookie(cookie)
		if cookie.Name == c.CSRFCookie && unsafe(r.Method) {
			r.Header.Set(c.CSRFHeader, cookie.Value)
		}
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if unsafe(r.Method) {
		r.Header.Set("Origin", origin.String())
	}
	maps.Copy(r.Header, c.Header)
	if c.login != nil {
		r = r.WithContext(context.WithValue(r.Context(), loginKey{}, c.login))
	}
	w := httptest.NewRecorder()
	aborted := serve(c.handler, w, r)
	result := w.Result()
	c.jar.SetCookies(origin.ResolveReference(r.URL), result.Cookies())
	return &Reply{Status: w.Code, Header: result.Header, Body: w.Body.Bytes(), Aborted: aborted && r.Context().Err() == nil,
		t: c.t, method: r.Method, path: r.URL.Path, pattern: r.Pattern}
}

// serve calls a handler and reports whether it aborted the connection, as net/http lets it.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		switch fault := recover(); fault {
		case nil:
		case http.ErrAbortHandler:
			aborted = true
		default:
			panic(fault)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

// Cookie returns a cookie that the client would send to a path, and nil if it has none.
func (c *Client) Cookie(path, name string) *http.Cookie {
	for _, cookie := range c.jar.Cookies(origin.JoinPath(path)) {
		if cookie.Name == name {
			return cookie
		}
	}
	return nil
}

func unsafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	return true
}
