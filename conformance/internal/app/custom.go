package app

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/openapi"
)

// custom is an authenticator of the application's own.
type custom struct {
	name      string
	challenge string // empty: none
	answer    func(header string) error
	refusals  []auth.Refusal
}

// customPrincipal is whom a custom authenticator lets in.
type customPrincipal struct{}

func (c *custom) Authenticate(r *http.Request) (auth.Identity, error) {
	if err := c.answer(r.Header.Get("X-Custom")); err != nil {
		return auth.Identity{}, err
	}
	return auth.Identity{Principal: customPrincipal{}, By: c}, nil
}

func (c *custom) Declare(string) (auth.Declaration, error) {
	d := auth.Declaration{
		Alternatives: []auth.Alternative{{Requirement: openapi.SecurityRequirement{c.name: {}}, Principals: auth.PrincipalType[customPrincipal]()}},
		Schemes:      map[string]auth.Scheme{c.name: {SecurityScheme: openapi.SecurityScheme{Type: "apiKey", In: "header", Name: "X-Custom"}}},
		Refusals:     c.refusals,
	}
	if c.challenge != "" {
		d.Challenges = []string{c.challenge}
	}
	return d, nil
}

// nameless is success without a name: Python's False.
type nameless struct{ *custom }

func (n nameless) Authenticate(r *http.Request) (auth.Identity, error) {
	return auth.Identity{Principal: customPrincipal{}, By: unnamed{n}}, nil
}

type unnamed struct{ auth.Authenticator }

func (unnamed) Declare(string) (auth.Declaration, error) { return auth.Declaration{}, nil }

func always(err error) func(string) error { return func(string) error { return err } }

var (
	returnsNone   = &custom{name: "returns_none", answer: always(auth.ErrSkip)}
	returnsSelf   = &custom{name: "returns_self", answer: always(nil)}
	returnsFalse  = nameless{&custom{name: "returns_false", answer: always(nil)}}
	raises        = &custom{name: "raises", answer: always(&auth.Error{})}
	raisesMessage = &custom{name: "raises_message", challenge: `Custom realm="custom"`, answer: always(&auth.Error{Msg: "Go away"})}
	raisesHeaders = &custom{name: "raises_headers", challenge: `Custom realm="custom"`, answer: always(&auth.Error{
		Msg: "Own challenge", Header: http.Header{"Www-Authenticate": {`Own error="expired"`}},
	})}
	raisesEmptyHeaders = &custom{name: "raises_empty_headers", challenge: `Custom realm="custom"`, answer: always(&auth.Error{Header: http.Header{}})}
	raisesValueError   = &custom{name: "raises_value_error", answer: always(errors.New("unexpected"))}
	raisesAPIError     = apiErrors(nil)
)

// apiErrors answers by X-Custom, with statuses of its own.
func apiErrors(refusals []auth.Refusal) *custom {
	return &custom{name: "raises_api_error", refusals: refusals, answer: func(header string) error {
		switch header {
		case "pay":
			return &auth.Error{Status: http.StatusPaymentRequired, Msg: "Payment required", Code: "user_msg", Header: http.Header{"X-Reason": {"pay"}}}
		case "bad":
			return &auth.Error{Status: http.StatusBadRequest, Msg: "Bad header", Code: "user_msg"}
		case "ok":
			return nil
		}
		return auth.ErrSkip
	}}
}

// compares accepts one value of X-Custom.
func compares(value, challenge string) *custom {
	return &custom{name: value, challenge: challenge, answer: func(header string) error {
		if header == value {
			return nil
		}
		return auth.ErrSkip
	}}
}

func (a *app) customs() rest.Router {
	challenge := &custom{name: "challenge", challenge: `Custom realm="custom"`, answer: func(header string) error {
		if header == "ok" {
			return nil
		}
		return auth.ErrSkip
	}}
	documented := []error{
		&auth.Error{Status: http.StatusBadRequest, Msg: "Bad header"}, &auth.Error{Status: http.StatusPaymentRequired, Msg: "Payment required"},
	}
	apiError := both("/api-error/", raisesAPIError)
	apiError.Get = rest.Handle(whoami, rest.Op{Errors: documented})
	apiError.Post = rest.Handle(whoami, rest.Op{Errors: documented})
	unvalidated := both("/api-error-unvalidated/", raisesAPIError)
	unvalidated.Replies = rest.Unchecked
	raise := func(context.Context, rest.None) (string, error) { return "", &auth.Error{} }
	raiseText := func(context.Context, rest.None) (string, error) {
		return "", &auth.Error{Msg: "Raised from the body"}
	}
	own401 := []error{&auth.Error{Msg: "Not authenticated"}}
	return rest.Router{Controllers: []rest.Controller{
		both("/none/", returnsNone),
		both("/self/", returnsSelf),
		both("/false/", returnsFalse),
		both("/raise/", raises),
		both("/raise-message/", raisesMessage),
		both("/raise-headers/", raisesHeaders),
		both("/raise-empty-headers/", raisesEmptyHeaders),
		both("/value-error/", raisesValueError),
		both("/challenge/", challenge),
		apiError,
		both("/api-error-undocumented/", raisesAPIError),
		unvalidated,
		{Path: "/request-auth/", Auth: auth.Public, Get: rest.Handle(isAnonymous), Post: rest.Handle(strictAuth)},
		{Path: "/request-jwt/", Auth: a.basic, Get: rest.Handle(isNoJWT), Post: rest.Handle(strictJWT)},
		{Path: "/raise-in-body/", Get: rest.Handle(raise, rest.Op{Auth: auth.Public, Errors: own401}), Post: rest.Handle(raise, rest.Op{Auth: a.basic, Errors: own401})},
		{Path: "/raise-in-body-authed/", Auth: a.basic, Get: rest.Handle(raiseText)},
		{Path: "/raise-in-body-undocumented/", Auth: auth.Public, Get: rest.Handle(raise)},
		{Path: "/own-401-spec/", Auth: a.basic, Get: rest.Handle(whoami, rest.Op{Errors: own401})},
		{Path: "/forbidden/", Auth: a.basic, Get: rest.Handle(func(context.Context, rest.None) (string, error) {
			return "", &rest.Error{Status: http.StatusForbidden, Msg: "No access", Code: "user_msg"}
		}, rest.Op{Errors: []error{&rest.Error{Status: http.StatusForbidden, Msg: "No access"}}})},
		{Path: "/endpoint-handler/", Auth: a.jwt, Get: rest.Handle(whoami, rest.Op{MapError: handled("Handled", "user_msg")}), Post: rest.Handle(whoami)},
		{Path: "/controller-handler/", Auth: a.jwt, MapError: handled("Handled by controller", ""), Get: rest.Handle(whoami)},
	}}
}

// handled answers every refusal with a text of its own, and no challenge.
func handled(msg, kind string) func(context.Context, error) error {
	return func(_ context.Context, err error) error {
		if !isRefusal(err) {
			return err
		}
		return &rest.Error{Status: http.StatusUnauthorized, Msg: msg, Code: kind, Header: http.Header{}, Err: err}
	}
}

func isRefusal(err error) bool {
	_, ok := errors.AsType[*auth.Error](err)
	return ok
}

func isAnonymous(ctx context.Context, _ rest.None) (bool, error) {
	_, ok := auth.FromContext(ctx)
	return !ok, nil
}

func strictAuth(ctx context.Context, _ rest.None) (string, error) {
	return *schemeOf(auth.MustFromContext(ctx).By), nil
}

func isNoJWT(ctx context.Context, _ rest.None) (bool, error) {
	id, _ := auth.FromContext(ctx)
	_, ok := id.Credential.(*jwtauth.Claims)
	return !ok, nil
}

func strictJWT(ctx context.Context, _ rest.None) (string, error) {
	return auth.MustFromContext(ctx).Credential.(*jwtauth.Claims).ID, nil
}
