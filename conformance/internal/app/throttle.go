package app

import (
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/throttle"
)

// limit allows requests in an hour.
func limit(requests int, key throttle.Key) rest.Limiter {
	return throttle.New(throttle.Limit{Requests: requests, Window: time.Hour, Key: key})
}

func (a *app) throttled() rest.Router {
	op := func(before, after func() []rest.Limiter) func() *rest.Endpoint {
		none := func() []rest.Limiter { return nil }
		if before == nil {
			before = none
		}
		if after == nil {
			after = none
		}
		return func() *rest.Endpoint {
			return rest.Handle(whoami, rest.Op{LimitsBeforeAuth: before(), Limits: after()})
		}
	}
	address := func(requests int) func() []rest.Limiter {
		return func() []rest.Limiter { return []rest.Limiter{limit(requests, throttle.Address())} }
	}
	by := func(key throttle.Key) func() []rest.Limiter {
		return func() []rest.Limiter { return []rest.Limiter{limit(1, key)} }
	}
	user := throttle.By(func(user *store.User) (string, bool) {
		return user.ID, !user.Staff && !user.Superuser
	})
	token := throttle.ByCredential(func(claims *jwtauth.Claims) (string, bool) {
		if claims.ID != "" {
			return "jti " + claims.ID, true
		}
		return "sub " + claims.Subject, true
	})
	ietf := func() []rest.Limiter {
		return []rest.Limiter{throttle.New(throttle.Limit{Requests: 1, Window: time.Hour, Name: "RemoteAddr", IETF: true})}
	}
	// Each endpoint counts for itself, so each gets limits of its own.
	endpoints := func(path string, by auth.Authenticator, make func() *rest.Endpoint) rest.Controller {
		return rest.Controller{Path: path, Auth: by, Get: make(), Post: make()}
	}
	return rest.Router{Controllers: []rest.Controller{
		{Path: "/public/", Auth: auth.Public, Get: op(address(2), nil)()},
		endpoints("/before/", a.basic, op(address(2), nil)),
		endpoints("/after/", a.basic, op(nil, address(2))),
		endpoints("/both/", a.basic, op(address(3), address(1))),
		endpoints("/user/", a.jwt, op(nil, by(user))),
		endpoints("/jwt/", a.jwt, op(nil, by(token))),
		endpoints("/ietf/", a.basic, op(ietf, nil)),
	}}
}
