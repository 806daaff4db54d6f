package csrf_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/internal/forwarded"
)

const secret = "0123456789abcdefghijABCDEFGHIJxy"

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // refusals of Middleware
	m.Run()
}

func post(headers ...string) *http.Request {
	r := httptest.NewRequest("POST", "http://site.example/", nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

func ExampleProtection_Check() {
	p := csrf.New(csrf.Config{TrustedOrigins: []string{"https://app.example"}})

	r := httptest.NewRequest("POST", "https://api.example/notes", nil)
	r.Header.Set("Origin", "https://app.example")
	r.Header.Set("Cookie", "csrftoken="+secret)
	fmt.Println(p.Check(r))

	r.Header.Set("X-CSRFToken", secret)
	fmt.Println(p.Check(r))
	// Output:
	// auth: 403 CSRF Failed.: csrf: CSRF token missing.
	// <nil>
}

func ExampleProtection_Token() {
	p := csrf.New(csrf.Config{})
	http.HandleFunc("GET /csrf", func(w http.ResponseWriter, r *http.Request) {
		token, cookies, err := p.Token(r)
		if err != nil {
			http.Error(w, "try again", http.StatusServiceUnavailable)
			return
		}
		for _, c := range cookies {
			http.SetCookie(w, c)
		}
		fmt.Fprint(w, token)
	})
}

func ExampleCrossOrigin() {
	login := csrf.CrossOrigin(csrf.CrossOriginConfig{})
	r := httptest.NewRequest("POST", "https://api.example/login", nil)
	_, err := login.Authenticate(r)
	fmt.Println("no browser:", err)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	_, err = login.Authenticate(r)
	refusal, _ := errors.AsType[*auth.Error](err)
	fmt.Println("another site's page:", refusal.Status, refusal.Msg)
	// Output:
	// no browser: <nil>
	// another site's page: 403 CSRF Failed.
}

func ExampleProtection_Middleware() {
	p := csrf.New(csrf.Config{})
	handler := p.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "hello %s", r.PostFormValue("name"))
	}))
	form := url.Values{"csrfmiddlewaretoken": {secret}, "name": {"ann"}}
	r := httptest.NewRequest("POST", "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", "csrftoken="+secret)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output: 200 hello ann
}

func TestTokensMatchTheirSecretOnly(t *testing.T) {
	p := csrf.New(csrf.Config{Rand: rand.Reader})
	rapid.Check(t, func(t *rapid.T) {
		first, cookies, err := p.Token(post())
		if err != nil {
			t.Fatal(err)
		}
		cookie := cookies[0]
		second, again, err := p.Token(post("Cookie", cookie.Name+"="+cookie.Value))
		if err != nil || again[0].Value != cookie.Value {
			t.Fatalf("second token: %v, secret kept: %v", err, again[0].Value == cookie.Value)
		}
		if first == second || len(first) != 64 {
			t.Errorf("got %q and %q, want two masks", first, second)
		}
		for _, token := range []string{first, second, cookie.Value} {
			if err := p.Check(post("Cookie", "csrftoken="+cookie.Value, "X-CSRFToken", token)); err != nil {
				t.Errorf("own token %q: %v", token, err)
			}
		}
		foreign, _, _ := p.Token(post())
		if p.Check(post("Cookie", "csrftoken="+cookie.Value, "X-CSRFToken", foreign)) == nil {
			t.Errorf("foreign token %q was accepted", foreign)
		}
	})
}

// TestOrigins has what no vector of Django has: attacks on the comparison.
func TestOrigins(t *testing.T) {
	p := csrf.New(csrf.Config{TrustedOrigins: []string{"https://app.example", "https://*.wild.example", "capacitor://localhost"}})
	for _, c := range []struct {
		name, origin string
		want         bool
	}{
		{"own", "http://site.example", true},
		{"userinfo", "http://x@site.example", false},
		{"userinfo before a wildcard", "https://x@a.wild.example", false},
		{"path after a wildcard", "https://a.wild.example/x", false},
		{"fragment", "https://evil.example#.wild.example", false},
		{"query", "https://evil.example?.wild.example", false},
		{"backslash", `https://evil.example\.wild.example`, false},
		{"app", "capacitor://localhost", true},
		{"trusted as a prefix", "https://app.example.evil.example", false},
		{"no scheme", "site.example", false},
		{"null", "null", false},
		{"two in one", "http://site.example, http://site.example", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := p.Check(post("Origin", c.origin, "Cookie", "csrftoken="+secret, "X-CSRFToken", secret))
			if (err == nil) != c.want {
				t.Errorf("got %v, want accepted %v", err, c.want)
			}
		})
	}
	if p.Check(post("Origin", "http://site.example", "Origin", "http://evil.example", "Cookie", "csrftoken="+secret, "X-CSRFToken", secret)) == nil {
		t.Error("two Origin lines: got accepted")
	}
	secure := post("Referer", "https://x@a.wild.example/", "Cookie", "csrftoken="+secret, "X-CSRFToken", secret)
	if p.Check(secure.WithContext(forwarded.WithSecure(secure.Context(), true))) == nil {
		t.Error("userinfo in Referer: got accepted")
	}
}

func TestRefusalHidesTheReason(t *testing.T) {
	err := csrf.New(csrf.Config{}).Check(post())
	refusal, ok := errors.AsType[*auth.Error](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	msg, kind := refusal.Text()
	if refusal.Status != 403 || msg != "CSRF Failed." || kind != "" || refusal.Err == nil {
		t.Errorf("got %d %q %q, cause %v", refusal.Status, msg, kind, refusal.Err)
	}
}

func TestMalformedCookieIsReplaced(t *testing.T) {
	p := csrf.New(csrf.Config{})
	refusal, _ := errors.AsType[*auth.Error](p.Check(post("Cookie", "csrftoken=short", "X-CSRFToken", "short")))
	if refusal == nil || len(refusal.Header["Set-Cookie"]) != 1 {
		t.Fatalf("got %v without a new cookie", refusal)
	}
	fresh, err := http.ParseSetCookie(refusal.Header.Get("Set-Cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check(post("Cookie", "csrftoken="+fresh.Value, "X-CSRFToken", fresh.Value)); err != nil {
		t.Errorf("the new cookie: %v", err)
	}
}

func TestCookieAttributes(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := func() time.Time { return now }
	for _, c := range []struct {
		name string
		cfg  csrf.Config
		want string // after the value
	}{
		{"defaults", csrf.Config{Now: clock}, "; Path=/; Expires=Fri, 01 Jan 2027 03:04:05 GMT; Max-Age=31449600; Secure; SameSite=Lax"},
		{"all set", csrf.Config{Now: clock, CookieAge: time.Minute, CookieHTTPOnly: true,
			Cookie: auth.Cookie{Path: "/api", Domain: ".x.example", Insecure: true, SameSite: http.SameSiteStrictMode}},
			"; Path=/api; Domain=x.example; Expires=Fri, 02 Jan 2026 03:05:05 GMT; Max-Age=60; HttpOnly; SameSite=Strict"},
		{"until the browser closes", csrf.Config{Now: clock, CookieAge: -1}, "; Path=/; Secure; SameSite=Lax"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cookies, err := csrf.New(c.cfg).Rotate(post())
			if err != nil || len(cookies) != 1 {
				t.Fatalf("got %v, %v", cookies, err)
			}
			if got := cookies[0].String(); !strings.HasSuffix(got, c.want) || len(cookies[0].Value) != 32 {
				t.Errorf("got  %s\nwant csrftoken=…%s", got, c.want)
			}
		})
	}
}

func TestSettingsMistakes(t *testing.T) {
	for _, text := range []string{"app.example", "*.app.example", "https://", "https://*", "https://*.", "https://a.*.example",
		"https://app.example/", "https://APP.example", "null", "https://u@app.example"} {
		p := csrf.New(csrf.Config{TrustedOrigins: []string{text}})
		if _, err := p.Declare("POST"); err == nil || !strings.Contains(err.Error(), "csrf_test.go:") {
			t.Errorf("TrustedOrigins %q: got %v, want an error that names the line", text, err)
		}
		w := httptest.NewRecorder()
		p.Middleware(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if w.Code != 500 {
			t.Errorf("TrustedOrigins %q: Middleware: got %d, want 500", text, w.Code)
		}
		if _, err := csrf.CrossOrigin(csrf.CrossOriginConfig{TrustedOrigins: []string{text}}).Declare("POST"); err == nil {
			t.Errorf("CrossOrigin: TrustedOrigins %q: got nil", text)
		}
	}
	p := csrf.New(csrf.Config{Cookie: auth.Cookie{SameSite: http.SameSiteNoneMode, Insecure: true}})
	if p.Err() == nil {
		t.Error("SameSite None without Secure: got nil")
	}
}

// TestErrBeside: a cookie of the secret that browsers would not send is a mistake.
func TestErrBeside(t *testing.T) {
	secure, insecure := csrf.New(csrf.Config{}), csrf.New(csrf.Config{Cookie: auth.Cookie{Insecure: true}})
	for _, test := range []struct {
		name   string
		p      *csrf.Protection
		cookie auth.Cookie
		want   bool
	}{
		{"both secure", secure, auth.Cookie{}, false},
		{"both insecure", insecure, auth.Cookie{Insecure: true}, false},
		{"the secret is secure", secure, auth.Cookie{Insecure: true}, true},
		{"the credential is secure", insecure, auth.Cookie{}, false},
		{"the secret is in the session", secure.In(anySecrets{}, nil), auth.Cookie{Insecure: true}, false},
	} {
		if err := test.p.ErrBeside(test.cookie); (err != nil) != test.want {
			t.Errorf("%s: got %v, want a mistake: %t", test.name, err, test.want)
		}
	}
}

type anySecrets struct{ csrf.Secrets }

// TestSecretsAreFair feeds bytes that would make some characters likelier: they
// must be drawn again.
func TestSecretsAreFair(t *testing.T) {
	p := csrf.New(csrf.Config{Rand: io.MultiReader(bytes.NewReader(bytes.Repeat([]byte{248}, 64)), bytes.NewReader(bytes.Repeat([]byte{247}, 64)))})
	if got, err := p.NewSecret(); got != strings.Repeat("9", 32) || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestTokenCutByTheLimit has a form whose token is only in part within what the
// middleware looks at: the header's counts then.
func TestTokenCutByTheLimit(t *testing.T) {
	before := "a=" + strings.Repeat("x", 64<<10-40) + "&csrfmiddlewaretoken="
	r := httptest.NewRequest("POST", "http://site.example/", strings.NewReader(before+secret))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", "csrftoken="+secret)
	r.Header.Set("X-CSRFToken", secret)
	w := httptest.NewRecorder()
	csrf.New(csrf.Config{}).Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("got %d %s, want 200", w.Code, w.Body)
	}
}

func TestFailingRandomness(t *testing.T) {
	dry := errors.New("dry")
	p := csrf.New(csrf.Config{Rand: iotest.ErrReader(dry)})
	if _, _, err := p.Token(post()); !errors.Is(err, dry) {
		t.Errorf("Token: got %v", err)
	}
	if _, err := p.Rotate(post()); !errors.Is(err, dry) {
		t.Errorf("Rotate: got %v", err)
	}
}

func TestSafeMethodsCostNothing(t *testing.T) {
	p := csrf.New(csrf.Config{})
	r := httptest.NewRequest("GET", "/", nil)
	if got := testing.AllocsPerRun(100, func() { _ = p.Check(r) }); got != 0 {
		t.Errorf("got %v allocations, want 0", got)
	}
}

func TestMethods(t *testing.T) {
	p, g := csrf.New(csrf.Config{}), csrf.CrossOrigin(csrf.CrossOriginConfig{})
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "QUERY", "PURGE"} {
		want := method != "GET" && method != "HEAD" && method != "OPTIONS" && method != "TRACE"
		r := post("Sec-Fetch-Site", "cross-site")
		r.Method = method
		if got := p.Check(r) != nil; got != want {
			t.Errorf("%s: Protection refused %v, want %v", method, got, want)
		}
		for name, a := range map[string]auth.Authenticator{"Protection": p, "CrossOrigin": g} {
			d, err := a.Declare(method)
			if err != nil {
				t.Fatal(err)
			}
			_, refusal := a.Authenticate(r)
			if (len(d.Refusals) > 0) != (refusal != nil) {
				t.Errorf("%s: %s: refused %v, declared %v", name, method, refusal, d.Refusals)
			}
		}
	}
}

func TestDeclare(t *testing.T) {
	get, _ := csrf.New(csrf.Config{}).Declare("GET")
	if len(get.Schemes) != 0 || len(get.Alternatives[0].Requirement) != 0 || len(get.Refusals) != 0 {
		t.Errorf("GET: got %+v, want nothing", get)
	}
	all, _ := csrf.New(csrf.Config{Compat: csrf.Compat{DocumentAllMethods: true}}).Declare("GET")
	unsafe, _ := csrf.New(csrf.Config{}).Declare("POST")
	named, _ := csrf.New(csrf.Config{HeaderName: "X-XSRF-Token", Cookie: auth.Cookie{Name: "xsrf"}}).Declare("POST")
	recorded, _ := csrf.New(csrf.Config{Compat: csrf.Compat{CookieScheme: true}}).Declare("POST")
	for name, c := range map[string]struct {
		d                  auth.Declaration
		in, header, cookie string
	}{
		"GET with DocumentAllMethods": {all, "header", "X-CSRFToken", "`csrftoken`"},
		"POST":                        {unsafe, "header", "X-CSRFToken", "`csrftoken`"},
		"other names":                 {named, "header", "X-XSRF-Token", "`xsrf`"},
		"CookieScheme":                {recorded, "cookie", "csrftoken", "`X-CSRFToken`"},
	} {
		d := c.d
		scheme := d.Schemes["csrf"]
		if scheme.Type != "apiKey" || scheme.In != c.in || scheme.Name != c.header || !strings.Contains(scheme.Description, c.cookie) {
			t.Errorf("%s: got scheme %+v", name, scheme)
		}
		if _, ok := d.Alternatives[0].Requirement["csrf"]; !ok || len(d.Refusals) != 1 || d.Refusals[0].Status != 403 {
			t.Errorf("%s: got %+v", name, d)
		}
	}
	for _, a := range []auth.Authenticator{csrf.New(csrf.Config{}), csrf.CrossOrigin(csrf.CrossOriginConfig{})} {
		if _, err := auth.Compile(a, "POST"); err != nil {
			t.Error(err)
		}
	}
}

// fixed keeps one secret, or fails.
type fixed struct {
	secret string
	err    error
}

func (f *fixed) CSRFSecret(*http.Request) (string, error) { return f.secret, f.err }
func (f *fixed) CookieNames() map[string]string           { return map[string]string{"sid": "The session."} }

func (f *fixed) SetCSRFSecret(_ *http.Request, secret string) ([]*http.Cookie, error) {
	f.secret = secret
	return []*http.Cookie{{Name: "sid", Value: "1"}}, f.err
}

func TestSecretInSession(t *testing.T) {
	kept := &fixed{}
	p := csrf.New(csrf.Config{Secrets: kept, Source: kept})
	if p.Check(post("Cookie", "csrftoken="+secret, "X-CSRFToken", secret)) == nil {
		t.Error("a pair of the client's own was accepted")
	}
	token, cookies, err := p.Token(post())
	if err != nil || len(cookies) != 1 || cookies[0].Name != "sid" {
		t.Fatalf("got cookies %v, %v, want the session's", cookies, err)
	}
	if err := p.Check(post("X-CSRFToken", token)); err != nil {
		t.Errorf("own token: %v", err)
	}
	if _, cookies, _ = p.Token(post()); cookies != nil {
		t.Errorf("second token: got cookies %v, want none", cookies)
	}
	d, _ := p.Declare("POST")
	if s := d.Schemes["csrf"]; s.In != "header" || s.Name != "X-CSRFToken" || s.Source != kept {
		t.Errorf("got scheme %+v", s)
	}
	kept.secret = strings.Repeat("a", 32) + kept.secret // masked, as Django before 4.0 kept it
	if err := p.Check(post("X-CSRFToken", token)); err != nil {
		t.Errorf("masked secret: %v", err)
	}
	for _, secret := range []string{"", "short", strings.Repeat("!", 32), strings.Repeat("!", 64)} {
		kept.secret = secret
		if p.Check(post("X-CSRFToken", secret)) == nil {
			t.Errorf("secret %q was accepted", secret)
		}
	}
	before := kept.secret
	if _, err := p.Rotate(post()); err != nil || kept.secret == before {
		t.Errorf("Rotate: %v, changed %v", err, kept.secret != before)
	}
	kept.err = auth.Unavailable(errors.New("down"))
	if err := p.Check(post()); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("failing store: got %v", err)
	}
	w := httptest.NewRecorder()
	p.Middleware(http.NotFoundHandler()).ServeHTTP(w, post())
	if w.Code != 503 || strings.Contains(w.Body.String(), "down") {
		t.Errorf("failing store: Middleware: got %d %s", w.Code, w.Body)
	}
}

// TestMiddlewareLeavesTheBody checks that what was read for the token is read again
// by the handler, however long the body is.
func TestMiddlewareLeavesTheBody(t *testing.T) {
	p := csrf.New(csrf.Config{})
	var multi bytes.Buffer
	form := multipart.NewWriter(&multi)
	form.WriteField("csrfmiddlewaretoken", secret)
	file, _ := form.CreateFormFile("file", "big")
	file.Write(bytes.Repeat([]byte("x"), 200_000))
	form.Close()
	field := "csrfmiddlewaretoken=" + secret
	long := strings.Repeat("x", 200_000)
	for _, c := range []struct {
		name, kind, body string
		want             int
	}{
		{"short form", "application/x-www-form-urlencoded", "a=1&" + field, 200},
		{"long form, token first", "application/x-www-form-urlencoded", field + "&a=" + long, 200},
		{"long form, token beyond the limit", "application/x-www-form-urlencoded", "a=" + long + "&" + field, 403},
		{"last value wins", "application/x-www-form-urlencoded", field + "&csrfmiddlewaretoken=x", 403},
		{"multipart", form.FormDataContentType(), multi.String(), 200},
		{"multipart without boundary", "multipart/form-data", multi.String(), 403},
		{"json is no form", "application/json", `{"csrfmiddlewaretoken":"` + secret + `"}`, 403},
		{"junk type", ";;;", field, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			handler := p.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				text, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				got = string(text)
			}))
			r := httptest.NewRequest("POST", "http://site.example/", strings.NewReader(c.body))
			r.Header.Set("Content-Type", c.kind)
			r.Header.Set("Cookie", "csrftoken="+secret)
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("got %d, want %d", w.Code, c.want)
			}
			if c.want == 200 && got != c.body {
				t.Errorf("the handler read %d bytes, want %d", len(got), len(c.body))
			}
			if c.want == 403 && w.Body.String() != `{"detail":[{"msg":"CSRF Failed."}]}` {
				t.Errorf("got %s", w.Body)
			}
		})
	}
}

func TestMiddlewareHandsReadErrorsOn(t *testing.T) {
	broken := errors.New("broken pipe")
	p := csrf.New(csrf.Config{})
	r := httptest.NewRequest("POST", "http://site.example/", io.MultiReader(strings.NewReader("a=1&csrfmiddlewaretoken="+secret+"&b"), iotest.ErrReader(broken)))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", "csrftoken="+secret)
	p.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}

func FuzzCheck(f *testing.F) {
	p := csrf.New(csrf.Config{TrustedOrigins: []string{"https://*.wild.example"}})
	f.Add(secret, secret, "http://site.example", "")
	f.Add(secret+secret, secret, "null", "https://site.example/x")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, cookie, token, origin, referer string) {
		r := post()
		r.Header["Cookie"] = []string{"csrftoken=" + cookie}
		r.Header["X-Csrftoken"] = []string{token}
		r.Header["Referer"] = []string{referer}
		if origin != "" {
			r.Header["Origin"] = []string{origin}
		}
		r = r.WithContext(forwarded.WithSecure(r.Context(), len(referer) > 0))
		if p.Check(r) != nil {
			return
		}
		// Accepted: then both have a good length, and the origin is ours.
		if n := len(token); n != 32 && n != 64 {
			t.Errorf("token of %d bytes was accepted", n)
		}
		if origin != "" && origin != "http://site.example" && origin != "https://site.example" &&
			!strings.HasSuffix(origin, "wild.example") {
			t.Errorf("origin %q was accepted", origin)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	p := csrf.New(csrf.Config{})
	r := post("Cookie", "csrftoken="+secret, "X-CSRFToken", secret, "Origin", "http://site.example")
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Check(r); err != nil {
			b.Fatal(err)
		}
	}
}
