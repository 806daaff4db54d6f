package csrf

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// CrossOriginConfig holds the settings of a [CrossOrigin].
type CrossOriginConfig struct {
	// TrustedOrigins are the origins of other sites whose pages may use the endpoint:
	// "https://app.example" or "https://app.example:8443".
	TrustedOrigins []string
	// Debug puts the reason of a refusal into the reply. For development.
	Debug bool
}

// CrossOrigin returns an Authenticator that refuses, with 403, requests with an unsafe method
// that a browser sends for a page of another site. It accepts all others as [auth.Nobody].
// Logins need it because they cannot demand a CSRF token: without it, another site could log
// its visitors in to an account of its own.
//
// The handshake of a WebSocket counts as an unsafe method.
//
// It reads the headers that browsers add, Sec-Fetch-Site and Origin
// ([http.CrossOriginProtection]). A client that sends neither is not a browser, or is too old
// to tell, and is accepted.
func CrossOrigin(cfg CrossOriginConfig) auth.Authenticator {
	c := &crossOrigin{debug: cfg.Debug, protection: http.NewCrossOriginProtection()}
	_, err := parseOrigins(cfg.TrustedOrigins)
	errs := []error{err}
	for _, origin := range cfg.TrustedOrigins {
		if strings.Contains(origin, "*") {
			errs = append(errs, fmt.Errorf("csrf: CrossOrigin: TrustedOrigins %q: name each origin, there are no wildcards", origin))
		} else if err == nil {
			errs = append(errs, c.protection.AddTrustedOrigin(origin))
		}
	}
	c.err = auth.Misconfigured(errors.Join(errs...))
	return c
}

type crossOrigin struct {
	protection *http.CrossOriginProtection
	debug      bool
	err        error
}

func (c *crossOrigin) Authenticate(r *http.Request) (auth.Identity, error) {
	checked := r
	if r.Header["Upgrade"] != nil && r.Method == http.MethodGet {
		checked = r.WithContext(r.Context()) // a handshake counts as unsafe, see Protection.Check
		checked.Method = http.MethodPost
	}
	err := c.protection.Check(checked)
	if err == nil && !safe(checked.Method) && strings.Contains(r.Header.Get("Origin"), "@") {
		err = errors.New("csrf: CrossOrigin: an Origin with userinfo, which net/http would ignore (golang/go#78563)")
	}
	if err != nil {
		msg := "CSRF Failed."
		if c.debug {
			msg = "CSRF Failed: " + err.Error()
		}
		return auth.Identity{}, &auth.Error{Status: http.StatusForbidden, Msg: msg, Err: fmt.Errorf("%w: %w", errSource, err)}
	}
	return auth.Identity{Principal: auth.Nobody{}, By: c}, nil
}

// Recheck implements [auth.Rechecker]: a request does not come from another site later.
func (c *crossOrigin) Recheck(context.Context, auth.Identity) error { return nil }

func (c *crossOrigin) Declare(method string) (auth.Declaration, error) {
	d := auth.Declaration{Alternatives: []auth.Alternative{{
		Requirement: openapi.SecurityRequirement{}, Principals: auth.PrincipalType[auth.Nobody](),
	}}}
	if !safe(method) || method == http.MethodTrace { // net/http counts TRACE as unsafe
		d.Refusals = []auth.Refusal{{Status: http.StatusForbidden, Description: "The request comes from another site"}}
	}
	return d, c.err
}
