package e2e_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// ginMiddleware adapts net/http middleware to gin, whose handlers have another shape.
// The documentation of auth.Require shows it.
func ginMiddleware(middleware func(http.Handler) http.Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		passed := false
		middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			passed, c.Request = true, r
			c.Next()
		})).ServeHTTP(c.Writer, c.Request)
		if !passed {
			c.Abort()
		}
	}
}

// TestMiddlewareOnOtherRouters: auth.Require and the CSRF middleware stand in front of
// handlers of chi, gin and echo, and an API is mounted there, too.
func TestMiddlewareOnOtherRouters(t *testing.T) {
	db := memory.New()
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice", Active: true}); err != nil {
		t.Fatal(err)
	}
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: []byte(strings.Repeat("s", 32))})
	pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	protect, err := auth.Require(auth.AnyOf(tokens.Header(), tokens.Cookie()), auth.RequireConfig{})
	if err != nil {
		t.Fatal(err)
	}
	forms := csrf.New(csrf.Config{Cookie: auth.Cookie{Insecure: true}}).Middleware
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Auth: tokens.Header()}, rest.Router{Path: "/api", Controllers: []rest.Controller{
		{Path: "/hello", Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "hello", nil })},
	}})
	if err != nil {
		t.Fatal(err)
	}
	name := func(r *http.Request) string {
		user, _ := auth.PrincipalFrom[*store.User](r.Context())
		return user.Username
	}
	plain := func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello "+name(r)) }
	form := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "saved") }

	onChi := chi.NewRouter()
	onChi.With(protect).Get("/me", plain)
	onChi.With(forms).Post("/form", form)
	onChi.Mount("/api", api)

	gin.SetMode(gin.TestMode)
	onGin := gin.New()
	onGin.GET("/me", ginMiddleware(protect), func(c *gin.Context) { plain(c.Writer, c.Request) })
	onGin.POST("/form", ginMiddleware(forms), func(c *gin.Context) { form(c.Writer, c.Request) })
	onGin.Any("/api/*path", gin.WrapH(api))

	onEcho := echo.New()
	onEcho.GET("/me", echo.WrapHandler(http.HandlerFunc(plain)), echo.WrapMiddleware(protect))
	onEcho.POST("/form", echo.WrapHandler(http.HandlerFunc(form)), echo.WrapMiddleware(forms))
	onEcho.Any("/api/*", echo.WrapHandler(api))

	for router, handler := range map[string]http.Handler{"chi": onChi, "gin": onGin, "echo": onEcho} {
		for _, test := range []struct {
			method, path, header, value string
			status                      int
			body                        string
		}{
			{"GET", "/me", "Authorization", "Bearer " + pair.Access, 200, "hello alice"},
			{"GET", "/me", "Cookie", "access_token=" + pair.Access, 200, "hello alice"},
			{"GET", "/me", "", "", 401, `{"detail":[{"msg":"Not authenticated","type":"security"}]}`},
			{"GET", "/me", "Authorization", "Bearer " + pair.Refresh, 401, `{"detail":[{"msg":"Not authenticated","type":"security"}]}`},
			{"POST", "/form", "", "", 403, "CSRF"},
			{"GET", "/api/hello", "Authorization", "Bearer " + pair.Access, 200, `"hello"`},
			{"GET", "/api/hello", "", "", 401, "Not authenticated"},
			{"GET", "/api/nowhere", "", "", 404, "Page not found"},
		} {
			r := httptest.NewRequest(test.method, test.path, http.NoBody)
			if test.header != "" {
				r.Header.Set(test.header, test.value)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) || test.status != 200 && strings.Contains(w.Body.String(), "hello") {
				t.Errorf("%s: %s %s %s: got %d %s, want %d %s", router, test.method, test.path, test.header, w.Code, w.Body, test.status, test.body)
			}
			if challenge := w.Header().Get("WWW-Authenticate"); (test.status == 401) != strings.HasPrefix(challenge, "Bearer") {
				t.Errorf("%s: %s %s: got the challenge %q with %d", router, test.method, test.path, challenge, w.Code)
			}
		}
	}
}
