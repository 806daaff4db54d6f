package carrier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/internal/refusal"
	"github.com/go-modern-rest/rest/openapi"
)

// HeaderConfig is an [auth.Header] and what a backend adds to it.
type HeaderConfig struct {
	auth.Header
	// Description of the credential in the document, "JWT token auth".
	Description string
	// BearerFormat of the scheme where it is Bearer.
	BearerFormat string
	// DescribeForm adds where and how the credential is sent to the description of
	// everything but Bearer. Without it, a header without a scheme word is not described.
	DescribeForm bool
	Compat       HeaderCompat
}

// HeaderCompat restores behaviour of django-modern-rest.
type HeaderCompat struct {
	BareChallenge   bool // no realm in the challenge
	NoErrorCode     bool // no error="invalid_token" in the challenge
	SchemeAsWritten bool // the scheme in the document is not put into lower case
}

// Header authenticates requests by a header.
type Header struct {
	cfg      HeaderConfig
	name     string // canonical
	backend  Backend
	refusals refusal.Set
}

// WithDefaults fills in what is empty.
func (c HeaderConfig) WithDefaults(schemeName, name, scheme string) HeaderConfig {
	c.SchemeName, c.Name = cmp.Or(c.SchemeName, schemeName), cmp.Or(c.Name, name)
	if !c.NoScheme {
		c.Scheme = cmp.Or(c.Scheme, scheme)
	}
	c.Realm = cmp.Or(c.Realm, "api")
	if c.Compat.BareChallenge {
		c.Realm = ""
	}
	return c
}

// Check finds mistakes in the settings.
func (c HeaderConfig) Check() error {
	var errs []error
	if c.NoScheme && c.Scheme != "" {
		errs = append(errs, errors.New("Header.Scheme and Header.NoScheme contradict each other"))
	}
	if strings.ContainsAny(c.Scheme, " \t,") {
		errs = append(errs, fmt.Errorf("Header.Scheme %q is not one word", c.Scheme))
	}
	if BadRealm(c.Realm) {
		errs = append(errs, errors.New("Header.Realm has a control character"))
	}
	return errors.Join(errs...)
}

// NewHeader makes a Header of settings with defaults.
func NewHeader(cfg HeaderConfig, b Backend) *Header {
	challenge := ""
	if !cfg.Compat.NoErrorCode && bearer(cfg.Name, cfg.Scheme) {
		challenge = invalidToken(cfg.Scheme, cfg.Realm)
	}
	return &Header{
		cfg: cfg, name: http.CanonicalHeaderKey(cfg.Name), backend: b,
		refusals: refusal.NewSet(cfg.SchemeName, challenge, b.Refusals...),
	}
}

// Authenticate reads the header. It skips a request without it, or with another scheme.
func (h *Header) Authenticate(r *http.Request) (auth.Identity, error) {
	if h.backend.Err != nil {
		return auth.Identity{}, h.backend.Err
	}
	if len(r.Header[h.name]) == 0 {
		return auth.Identity{}, auth.ErrSkip
	}
	credential, ok := HeaderValue(r, h.name), true
	if h.cfg.Scheme != "" {
		credential, ok = Scheme(credential, h.cfg.Scheme)
	}
	if !ok {
		return auth.Identity{}, auth.ErrSkip
	}
	return h.backend.verify(r, credential, h, h.refusals)
}

// Recheck implements [auth.Rechecker].
func (h *Header) Recheck(ctx context.Context, id auth.Identity) error {
	return h.refusals.Of(h.backend.Recheck(ctx, id))
}

// Declare describes the header.
func (h *Header) Declare(string) (auth.Declaration, error) {
	if h.backend.Err != nil {
		return auth.Declaration{}, h.backend.Err
	}
	d := h.backend.declaration(h.cfg.SchemeName, h.cfg.scheme())
	if h.name == "Authorization" && h.cfg.Scheme != "" && !h.cfg.NoChallenge {
		d.Challenges = []string{Challenge(h.cfg.Scheme, h.cfg.Realm)}
	}
	return d, nil
}

// scheme is the security scheme of the header.
func (c HeaderConfig) scheme() openapi.SecurityScheme {
	scheme := openapi.SecurityScheme{Type: "apiKey", In: "header", Name: c.Name, Description: c.Description}
	switch {
	case bearer(c.Name, c.Scheme):
		scheme = openapi.SecurityScheme{Type: "http", Scheme: "bearer", BearerFormat: c.BearerFormat, Description: c.Description}
		if c.Compat.SchemeAsWritten {
			scheme.Scheme = c.Scheme
		}
	case c.Scheme != "":
		scheme.Description += " via `" + c.Name + "` header using `" + c.Scheme + " <token>` format"
	case c.DescribeForm:
		scheme.Description += " via `" + c.Name + "` header using `<token>` format"
	}
	if c.SchemeDescription != "" {
		scheme.Description = c.SchemeDescription
	}
	return scheme
}
