package csrf

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/internal/forwarded"
)

// origin is a trusted origin. A host that begins with a dot stands for its
// subdomains and itself, on the same port.
type origin struct{ scheme, host string }

// parseOrigins reads Config.TrustedOrigins. All mistakes are reported.
func parseOrigins(list []string) ([]origin, error) {
	var origins []origin
	var errs []error
	for _, text := range list {
		scheme, host, ok := strings.Cut(text, "://")
		name := strings.TrimPrefix(host, "*.")
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf(`csrf: TrustedOrigins %q: write the scheme, too, as in "https://%s"`, text, text))
		case scheme == "" || name == "" || strings.ContainsAny(name, "*/?#@\\ ") || text != strings.ToLower(text):
			errs = append(errs, fmt.Errorf(`csrf: TrustedOrigins %q: want "https://host", "https://host:port" or "https://*.host", in lower case`, text))
		default:
			origins = append(origins, origin{scheme, strings.TrimPrefix(host, "*")})
		}
	}
	return origins, errors.Join(errs...)
}

// sameDomain is django.utils.http.is_same_domain.
func sameDomain(host, pattern string) bool {
	if strings.HasPrefix(pattern, ".") && (strings.HasSuffix(host, pattern) || host == pattern[1:]) {
		return true
	}
	return host != "" && host == pattern
}

// checkSource checks where a request comes from, as far as the browser says
// (CsrfViewMiddleware.process_view). Empty: fine. An Origin decides alone. Without
// one, a Referer is demanded over https only: there, a page of the plain http site,
// which anybody on the way can write, must not pass.
func (p *Protection) checkSource(r *http.Request) (reason string) {
	secure := forwarded.Secure(r)
	if values, ok := r.Header["Origin"]; ok {
		text := strings.Join(values, ",")
		if !p.originTrusted(text, r.Host, secure) {
			return "Origin checking failed - " + text + " does not match any trusted origins."
		}
		return ""
	}
	if secure {
		return p.checkReferer(r)
	}
	return ""
}

// checkUpgrade checks the origin of a request with a safe method that asks for another
// protocol. Only browsers send these headers: without them the request passes.
func (p *Protection) checkUpgrade(r *http.Request) error {
	if r.Header["Upgrade"] == nil {
		return nil
	}
	if values, ok := r.Header["Origin"]; ok {
		text := strings.Join(values, ",")
		if !p.originTrusted(text, r.Host, forwarded.Secure(r)) {
			return p.refuseSource("Origin checking failed - " + text + " does not match any trusted origins.")
		}
		return nil
	}
	switch site := r.Header.Get("Sec-Fetch-Site"); site {
	case "", "none", "same-origin":
		return nil
	default:
		return p.refuseSource("Origin checking failed - " + site + " without an Origin.")
	}
}

func (p *Protection) originTrusted(text, host string, secure bool) bool {
	scheme, netloc, ok := strings.Cut(text, "://")
	// Stricter than Django, which would find a trusted host behind "user@" or in
	// front of a path. No browser sends either (RFC 6454 §7).
	if !ok || strings.ContainsAny(netloc, "/?#@\\") {
		return false
	}
	own := "http"
	if secure {
		own = "https"
	}
	if scheme == own && netloc == host {
		return true
	}
	for _, trusted := range p.origins {
		if trusted.scheme == scheme && sameDomain(netloc, trusted.host) {
			return true
		}
	}
	return false
}

const refererFailed = "Referer checking failed - "

// checkReferer is CsrfViewMiddleware._check_referer.
func (p *Protection) checkReferer(r *http.Request) (reason string) {
	values, ok := r.Header["Referer"]
	if !ok {
		return refererFailed + "no Referer."
	}
	text := strings.Join(values, ",")
	scheme, rest, _ := strings.Cut(text, ":")
	netloc, ok := strings.CutPrefix(rest, "//")
	if at := strings.IndexAny(netloc, "/?#"); at >= 0 {
		netloc = netloc[:at]
	}
	if !ok || scheme == "" || netloc == "" || strings.Contains(netloc, "[") != strings.Contains(netloc, "]") {
		return refererFailed + "Referer is malformed."
	}
	if !strings.EqualFold(scheme, "https") {
		return refererFailed + "Referer is insecure while host is secure."
	}
	for _, trusted := range p.origins {
		if sameDomain(netloc, trusted.host) && !strings.Contains(netloc, "@") {
			return ""
		}
	}
	if sameDomain(netloc, p.refererHost(r)) && !strings.Contains(netloc, "@") {
		return ""
	}
	return refererFailed + text + " does not match any trusted origins."
}

// refererHost is whose pages may send requests over https: the cookie's domain,
// as they share the cookie, otherwise the very host.
func (p *Protection) refererHost(r *http.Request) string {
	if p.domain == "" {
		return strings.ToLower(r.Host)
	}
	if _, port, err := net.SplitHostPort(r.Host); err == nil && port != "443" && port != "80" {
		return p.domain + ":" + port
	}
	return p.domain
}
