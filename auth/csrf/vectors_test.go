package csrf_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/internal/forwarded"
)

func vectors[V any](t *testing.T, file string) []V {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Vectors []V }
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Vectors) == 0 {
		t.Fatalf("%s: no vectors", file)
	}
	return doc.Vectors
}

func TestDjangoTokens(t *testing.T) {
	p := csrf.New(csrf.Config{})
	for _, v := range vectors[struct {
		ID, Secret, Token string
		Match             bool
	}](t, "csrf_tokens.json") {
		r := httptest.NewRequest("POST", "http://site.example/", nil)
		r.Header.Set("Cookie", "csrftoken="+v.Secret)
		r.Header.Set("X-CSRFToken", v.Token)
		if got := p.Check(r); (got == nil) != v.Match {
			t.Errorf("%s: got %v, want match %v", v.ID, got, v.Match)
		}
	}
}

// TestDjangoRequests asks the middleware, which reads forms as Django does, and
// Check where there is no form.
func TestDjangoRequests(t *testing.T) {
	tried := 0
	for _, v := range vectors[struct {
		ID, Note, Method, Host          string
		Secure, Accept                  bool
		Origin, Referer, Cookie, Header *string
		Form                            *string  `json:"form_token"`
		Trusted                         []string `json:"trusted_origins"`
		Domain                          *string  `json:"cookie_domain"`
		Hosts                           []string `json:"allowed_hosts"`
		Reason                          *string
	}](t, "csrf_requests.json") {
		if strings.Contains(v.Note, "disallowed host") {
			continue
		}
		tried++
		cfg := csrf.Config{TrustedOrigins: v.Trusted, Debug: true}
		if v.Domain != nil {
			cfg.Cookie.Domain = *v.Domain
		}
		request := func() *http.Request {
			r := httptest.NewRequest(v.Method, "http://"+v.Host+"/", nil)
			if v.Form != nil {
				form := url.Values{"csrfmiddlewaretoken": {*v.Form}}
				r = httptest.NewRequest(v.Method, "http://"+v.Host+"/", strings.NewReader(form.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
			for name, value := range map[string]*string{"Origin": v.Origin, "Referer": v.Referer, "X-Csrftoken": v.Header} {
				if value != nil {
					r.Header[name] = []string{*value}
				}
			}
			if v.Cookie != nil {
				r.Header.Set("Cookie", "csrftoken="+*v.Cookie)
			}
			return r.WithContext(forwarded.WithSecure(r.Context(), v.Secure))
		}
		want := ""
		if v.Reason != nil {
			want = "CSRF Failed: " + *v.Reason
		}
		p := csrf.New(cfg)
		if v.Form == nil {
			got := ""
			if refusal, ok := errors.AsType[*auth.Error](p.Check(request())); ok {
				got = refusal.Msg
			}
			if got != want {
				t.Errorf("%s %s: Check: got %q, want %q", v.ID, v.Note, got, want)
			}
		}
		w := httptest.NewRecorder()
		p.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, request())
		if (w.Code == http.StatusOK) != v.Accept || !strings.Contains(w.Body.String(), strings.ReplaceAll(want, `"`, `\"`)) {
			t.Errorf("%s %s: Middleware: got %d %s, want %q", v.ID, v.Note, w.Code, w.Body, want)
		}
	}
	if tried < 180 {
		t.Errorf("only %d vectors", tried)
	}
}

func TestEachVectorFileIsDescribed(t *testing.T) {
	readme, err := os.ReadFile("testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range slices.DeleteFunc(files, func(f os.DirEntry) bool { return !strings.HasSuffix(f.Name(), ".json") }) {
		if !strings.Contains(string(readme), file.Name()) {
			t.Errorf("%s is not in testdata/README.md", file.Name())
		}
	}
}
