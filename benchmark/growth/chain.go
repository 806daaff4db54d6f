package growth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/plot"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
	"github.com/go-modern-rest/rest/store"
)

// longest is the length of the longest chain.
const longest = 8

// ByChain measures chains whose last authenticator finds the JWT that the request has; those before it
// look for API tokens in headers that the request lacks.
func ByChain(plan measure.Plan, s *site.Site) (plot.Chart, error) {
	chart := plot.Chart{Name: "chain", Title: "A chain of authenticators of which the last one accepts, by its length", X: "authenticators", Y: "µs of CPU", Linear: true}
	var points []point
	for n := 1; n <= longest; n++ {
		ours, err := chainOurs(s, n)
		if err != nil {
			return chart, err
		}
		points = append(points, point{float64(n), workload.Workload{ID: fmt.Sprint("a chain of ", n), Method: "GET", Path: "/me",
			Header: map[string]string{"Authorization": "Bearer " + s.JWT}, Status: []int{200}, Reply: `{"id":1,"username":"alice"}`},
			[]named{{"ours", ours}, {"net/http + golang-jwt", chainByHand(s, n)}}})
	}
	var err error
	chart.Lines, err = lines(plan, points)
	return chart, err
}

func header(i int) string { return fmt.Sprint("X-API-Token-", i) }

func chainOurs(s *site.Site, n int) (http.Handler, error) {
	secret := []byte(s.Secret)
	var chain []auth.Authenticator
	for i := 1; i < n; i++ {
		chain = append(chain, tokenauth.New(s.Own.Users(), s.Own.Tokens(), tokenauth.Config{Secret: secret, Header: auth.Header{Name: header(i), SchemeName: fmt.Sprint("token", i)}}).Header())
	}
	chain = append(chain, jwtauth.New(s.Own.Users(), jwtauth.Config{Secret: secret, Issuer: site.Issuer, Audiences: []string{site.Audience}}).Header())
	type input struct {
		User *store.User `auth:""`
	}
	return rest.New(rest.Settings{Title: "chain", Version: "1", Auth: auth.AnyOf(chain...)}, rest.Router{Controllers: []rest.Controller{
		{Path: "/me", Get: rest.Handle(func(_ context.Context, in input) (site.User, error) {
			return site.User{ID: site.Alice.ID, Username: in.User.Username}, nil
		})},
	}})
}

func chainByHand(s *site.Site, n int) http.Handler {
	headers := make([]string, 0, n)
	for i := 1; i < n; i++ {
		headers = append(headers, header(i))
	}
	find := func(r *http.Request) (site.User, error) {
		for _, name := range headers {
			if token := r.Header.Get(name); token != "" {
				return s.TokenUser(r.Context(), token)
			}
		}
		user, err := s.VerifyJWT(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if err != nil {
			return user, err
		}
		return s.UserByID(r.Context(), user.ID)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, err := find(r)
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, err := json.Marshal(user)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
}
