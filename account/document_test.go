package account_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/openapi"
)

// TestControllersAreDocumented: what each can answer, which cookies it sets and which
// credentials it wants, and that what carries credentials is stored nowhere.
// TestCookiesOfLogins: those that a configuration has.
func TestCookiesOfLogins(t *testing.T) {
	s := newSite(t)
	for want, cfg := range map[string]sessionauth.Config{
		"csrftoken sessionid": {}, "sessionid": {CSRFInSession: true}, "sid": {InsecureNoCSRF: true, Cookie: auth.Cookie{Name: "sid"}},
	} {
		cfg.Secret = secret
		doc := newAPI(t, s.Session("/s", sessionauth.New(s.db.Users(), s.db.Sessions(), cfg))).Document()
		if got := cookiesOf(doc.Paths["/s/login/"].Post.Responses["200"]); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestControllersAreDocumented(t *testing.T) {
	s := newSite(t)
	session := s.session()
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: s.db.Families()})
	keys := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	doc := newAPI(t,
		s.Session("/session", session),
		s.JWT("/jwt", tokens),
		s.JWTCookies("/cookies", tokens),
		s.Tokens("/tokens", keys.Header(), keys),
		s.Password("/password", session, session, tokens),
		s.LogoutAll("/logout-all", session, session, tokens),
		s.SignUp("/sign-up", s.db.Users().Create),
	).Document()

	const body = "400 401 406 413 415 422 503"
	for operation, want := range map[string]struct{ security, statuses, cookies string }{
		"POST /session/login/":      {"", "200 " + body + " 403 429", "csrftoken sessionid"},
		"POST /session/logout/":     {"csrf+session", "204 401 403 406 422 503", "sessionid"},
		"POST /session/logout/all/": {"csrf+session", "204 401 403 406 422 503", "sessionid"},
		"POST /jwt/obtain/":         {"", "200 " + body + " 429", ""},
		"POST /jwt/refresh/":        {"", "200 409 " + body, ""},
		"POST /jwt/verify/":         {"", "204 " + body, ""},
		"POST /jwt/revoke/":         {"", "204 " + body, ""},
		"POST /jwt/revoke/all/":     {"jwt", "204 401 406 422 503", ""},
		"POST /cookies/obtain/":     {"", "204 " + body + " 403 429", "access_token csrftoken refresh_token"},
		"POST /cookies/refresh/":    {"csrf", "204 401 403 406 409 422 503", "access_token refresh_token"},
		"POST /cookies/logout/":     {"csrf", "204 403 406 422 503", "access_token refresh_token"},
		"POST /cookies/logout/all/": {"csrf+jwt_cookie", "204 401 403 406 422 503", "access_token refresh_token"},
		"POST /tokens/obtain/":      {"", "200 " + body + " 429", ""},
		"POST /tokens/revoke/":      {"token", "204 401 406 422 503", ""},
		"GET /tokens/list/":         {"token", "200 401 406 422 503", ""},
		"DELETE /tokens/list/{id}/": {"token", "204 400 401 404 406 422 503", ""},
		"POST /password/":           {"csrf+session", "204 " + body + " 403 429", "sessionid"},
		"POST /logout-all/":         {"csrf+session", "204 401 403 406 422 503", ""},
		"POST /sign-up/":            {"", "201 400 403 406 409 413 415 422 429 503", ""},
	} {
		method, path, _ := strings.Cut(operation, " ")
		item := doc.Paths[path]
		if item == nil {
			t.Errorf("%s is not in the document", operation)
			continue
		}
		op := item.Operation(method)
		delete(doc.Paths, path)
		statuses := strings.Fields(want.statuses)
		slices.Sort(statuses)
		if diff := cmp.Diff(statuses, slices.Sorted(maps.Keys(op.Responses))); diff != "" {
			t.Errorf("%s: statuses (-want +got):\n%s", operation, diff)
			continue
		}
		var security []string
		for _, requirement := range op.Security {
			security = append(security, strings.Join(slices.Sorted(maps.Keys(requirement)), "+"))
		}
		if got := strings.Join(security, " | "); got != want.security {
			t.Errorf("%s: security: got %q, want %q", operation, got, want.security)
		}
		success := op.Responses[strings.Fields(want.statuses)[0]]
		if got := cookiesOf(success); got != want.cookies {
			t.Errorf("%s: cookies: got %q, want %q", operation, got, want.cookies)
		}
		if always := path != "/password/"; want.cookies != "" && success.Headers["Set-Cookie"].Required != always {
			t.Errorf("%s: cookies are always set: %t", operation, !always)
		}
		if _, noStore := success.Headers["Cache-Control"]; !noStore {
			t.Errorf("%s: Cache-Control is not documented", operation)
		}
		if limited := doc.Resolve(op.Responses["429"]); limited != nil && limited.Headers["Retry-After"].Description == "" {
			t.Errorf("%s: 429 has no Retry-After: %v", operation, limited.Headers)
		}
	}
	for path := range doc.Paths {
		t.Errorf("%s is not in this test", path)
	}
}

// cookiesOf returns the names of the cookies that a documented reply sets.
func cookiesOf(r *openapi.Response) string {
	var names []string
	for _, line := range cookieLines.FindAllStringSubmatch(r.Headers["Set-Cookie"].Description, -1) {
		names = append(names, line[1])
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

var cookieLines = regexp.MustCompile("(?m)^- `([^`]+)`")

// TestExamplesOfLogins checks that each body that a client sends has an example.
func TestExamplesOfLogins(t *testing.T) {
	s := newSite(t)
	session := sessionauth.New(s.db.Users(), s.db.Sessions(), sessionauth.Config{Secret: secret})
	tokens := jwtauth.New(s.db.Users(), jwtauth.Config{Secret: secret, Families: s.db.Families()})
	keys := tokenauth.New(s.db.Users(), s.db.Tokens(), tokenauth.Config{Secret: secret})
	api := newAPI(t, s.SignUp("/sign-up", s.db.Users().Create), s.Session("/session", session), s.JWT("/jwt", tokens),
		s.JWTCookies("/spa", tokens), s.Tokens("/tokens", session, keys), s.Password("/password", session, session))
	examples := 0
	for path, item := range api.Document().Paths {
		if item.Post == nil || item.Post.RequestBody == nil {
			continue
		}
		for name, media := range item.Post.RequestBody.Content {
			if examples++; media.Example == nil {
				t.Errorf("%s has no example of %s", path, name)
			}
		}
	}
	if examples < 8 {
		t.Errorf("got %d bodies", examples)
	}
}
