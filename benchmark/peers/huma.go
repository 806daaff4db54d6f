package peers

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var humaPeer = Peer{
	Name: "huma",
	Note: "huma v2 on http.ServeMux, golang-jwt v5 by hand",
	HTTP: newHuma,
}

type (
	humaUser  struct{ Body site.User }
	humaOrder struct{ Body site.Order }
	humaItems struct{ Body []site.Item }
)

func newHuma(s *site.Site) (http.Handler, error) {
	mux := http.NewServeMux()
	api := humago.New(mux, humaConfig())
	me := func(ctx context.Context, _ *struct{}) (*humaUser, error) {
		return &humaUser{ctx.Value(userKey{}).(site.User)}, nil
	}
	tokens := humaAuth(site.BearerChallenge, func(c huma.Context) (site.User, error) { return humaToken(s, c) })
	for path, auth := range map[string]huma.Middlewares{
		"/w1": tokens,
		"/w2": humaAuth(site.BearerChallenge, func(c huma.Context) (site.User, error) {
			user, err := humaToken(s, c)
			if err != nil {
				return user, err
			}
			return s.UserByID(c.Context(), user.ID)
		}),
		"/w3": humaAuth(site.ChainChallenge, func(c huma.Context) (site.User, error) {
			user, password, _, ok := site.BasicHeader(c.Header("Authorization"))
			if !ok {
				return site.User{}, site.ErrUnauthenticated
			}
			return s.StaticBasic(user, password)
		}),
		"/w4": humaAuth("", func(c huma.Context) (site.User, error) { return s.SessionUser(c.Context(), humaSession(c)) }),
		"/w5": humaAuth("", func(c huma.Context) (site.User, error) { return s.TokenUser(c.Context(), c.Header("X-API-Token")) }),
		"/w6": humaAuth(site.ChainChallenge, func(c huma.Context) (site.User, error) {
			return s.Chain(c.Context(), c.Header("Authorization"), humaSession(c), s.VerifyJWT)
		}),
	} {
		huma.Register(api, huma.Operation{OperationID: path[1:], Method: "GET", Path: path, Middlewares: auth}, me)
	}
	huma.Get(api, "/w0", func(context.Context, *struct{}) (*humaUser, error) { return &humaUser{site.Alice}, nil })
	huma.Register(api, huma.Operation{OperationID: "w8", Method: "POST", Path: "/w8", DefaultStatus: http.StatusCreated, Middlewares: tokens},
		func(_ context.Context, in *humaOrder) (*humaOrder, error) { return in, nil })
	huma.Get(api, "/problem", func(context.Context, *struct{}) (*humaUser, error) {
		return nil, huma.Error404NotFound("No such order")
	})
	for _, n := range workload.Rows {
		items := site.Items(n)
		huma.Get(api, fmt.Sprintf("/list/%d", n), func(context.Context, *struct{}) (*humaItems, error) { return &humaItems{items}, nil })
	}
	return mux, nil
}

// humaConfig is the default without the routes of the document, and without the member $schema, which
// the other peers do not send.
func humaConfig() huma.Config {
	config := huma.DefaultConfig("benchmark", "1")
	config.CreateHooks = nil
	config.DocsPath, config.OpenAPIPath = "", ""
	return config
}

func humaToken(s *site.Site, c huma.Context) (site.User, error) {
	token, ok := strings.CutPrefix(c.Header("Authorization"), "Bearer ")
	if !ok {
		return site.User{}, site.ErrUnauthenticated
	}
	return s.VerifyJWT(token)
}

func humaAuth(challenge string, user func(huma.Context) (site.User, error)) huma.Middlewares {
	return huma.Middlewares{func(c huma.Context, next func(huma.Context)) {
		found, err := user(c)
		if err != nil {
			if challenge != "" {
				c.SetHeader("WWW-Authenticate", challenge)
			}
			c.SetHeader("Content-Type", contentType)
			c.SetStatus(http.StatusUnauthorized)
			_, _ = c.BodyWriter().Write([]byte(site.UnauthenticatedBody)) // the client has gone
			return
		}
		next(huma.WithValue(c, userKey{}, found))
	}}
}

func humaSession(c huma.Context) string {
	cookie, err := huma.ReadCookie(c, "sessionid")
	if err != nil {
		return ""
	}
	return cookie.Value
}
