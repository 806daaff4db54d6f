package csrf

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// GuardConfig holds the settings of a [Guard].
type GuardConfig struct {
	// TrustedOrigins are other sites whose pages may use the endpoint:
	// "https://app.example" or "https://app.example:8443".
	TrustedOrigins []string
	// Debug tells the client why the check failed. For development.
	Debug bool
}

// Guard returns an Authenticator that refuses requests with an unsafe method which
// a browser made for another site's page, with 403, and lets everybody else pass as
// [auth.Nobody]. It is what a login has instead of a token: without it, another
// site could log its visitors in to an account of its own.
//
// The handshake of a WebSocket counts as an unsafe method.
//
// It goes by the headers that browsers add, Sec-Fetch-Site and Origin
// ([http.CrossOriginProtection]). Clients that send neither are no browsers, or so
// old that they cannot be told apart, and pass.
func Guard(cfg GuardConfig) auth.Authenticator {
	g := &guard{debug: cfg.Debug, protection: http.NewCrossOriginProtection()}
	_, err := parseOrigins(cfg.TrustedOrigins)
	errs := []error{err}
	for _, origin := range cfg.TrustedOrigins {
		if strings.Contains(origin, "*") {
			errs = append(errs, fmt.Errorf("csrf: Guard: TrustedOrigins %q: name each origin, there are no wildcards", origin))
		} else if err == nil {
			errs = append(errs, g.protection.AddTrustedOrigin(origin))
		}
	}
	g.err = auth.Misconfigured(errors.Join(errs...))
	return g
}

type guard struct {
	protection *http.CrossOriginProtection
	debug      bool
	err        error
}

func (g *guard) Authenticate(r *http.Request) (auth.Identity, error) {
	checked := r
	if r.Header["Upgrade"] != nil && r.Method == http.MethodGet {
		checked = r.WithContext(r.Context()) // a handshake counts as unsafe, see Protection.Check
		checked.Method = http.MethodPost
	}
	err := g.protection.Check(checked)
	if err == nil && !safe(checked.Method) && strings.Contains(r.Header.Get("Origin"), "@") {
		err = errors.New("csrf: Guard: an Origin with userinfo, which net/http would pass over (golang/go#78563)")
	}
	if err != nil {
		msg := "CSRF Failed."
		if g.debug {
			msg = "CSRF Failed: " + err.Error()
		}
		return auth.Identity{}, &auth.Error{Status: http.StatusForbidden, Msg: msg, Err: fmt.Errorf("%w: %w", errSource, err)}
	}
	return auth.Identity{Principal: auth.Nobody{}, By: g}, nil
}

func (g *guard) Declare(method string) (auth.Declaration, error) {
	d := auth.Declaration{Alternatives: []auth.Alternative{{
		Requirement: openapi.SecurityRequirement{}, Principals: auth.PrincipalType[auth.Nobody](),
	}}}
	if !safe(method) || method == http.MethodTrace { // net/http counts TRACE as unsafe
		d.Refusals = []auth.Refusal{{Status: http.StatusForbidden, Description: "The request comes from another site"}}
	}
	return d, g.err
}
