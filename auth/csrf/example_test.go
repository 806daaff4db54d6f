package csrf_test

import (
	"context"
	"fmt"
	"log"
	"net/http/httptest"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store/memory"
)

// The protection of a session whose pages have another origin than the API. The session
// checks every unsafe request by it, and documents it.
func ExampleNew() {
	db := memory.New()
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: []byte("at least 32 bytes that nobody else knows"),
		CSRF:   csrf.New(csrf.Config{TrustedOrigins: []string{"https://app.example"}}),
	})
	write := func(context.Context, rest.None) (rest.None, error) { return rest.None{}, nil }
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", Auth: session}, rest.Router{
		Controllers: []rest.Controller{{Path: "/notes", Post: rest.Handle(write)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(api.Document().Paths["/notes"].Post.Security)
	fmt.Println(api.Document().Components.SecuritySchemes["csrf"].Name)
	// Output:
	// [map[csrf:[] session:[]]]
	// X-CSRFToken
}

// An endpoint by which a page gets the first token, before any login.
func ExampleProtection() {
	p := csrf.New(csrf.Config{})
	r := httptest.NewRequest("GET", "/csrf", nil)
	token, cookies, err := p.Token(r)
	fmt.Println(len(token), cookies[0].Name, err)

	// The page sends the token back in a header, and the browser the cookie.
	r = httptest.NewRequest("POST", "/notes", nil)
	fmt.Println(p.Check(r))
	r.Header.Set("X-CSRFToken", token)
	r.AddCookie(cookies[0])
	_, err = auth.AllOf(p).Authenticate(r)
	fmt.Println(err)
	// Output:
	// 64 csrftoken <nil>
	// auth: 403 CSRF Failed.: csrf: CSRF cookie not set.
	// <nil>
}
