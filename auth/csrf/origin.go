package csrf

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/internal/forwarded"
)

// origin is a trusted origin. A host that begins with a dot means the host and its
// subdomains, on the same port.
type origin struct{ scheme, host string }

// parseOrigins reads Config.TrustedOrigins. It reports all mistakes.
func parseOrigins(list []string) ([]origin, error) {
	var origins []origin
	var errs []error
	for _, text := range list {
		scheme, host, ok := strings.Cut(text, "://")
		name := strings.TrimPrefix(host, "*.")
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf(`csrf: TrustedOrigins %q: the scheme is missing; write "https://%s"`, text, text))
		case scheme == "" || name == "" || strings.ContainsAny(name, "*/?#@\\ ") || text != strings.ToLower(text):
			errs = append(errs, fmt.Errorf(`csrf: TrustedOrigins %q: want "https://host", "https://host:port" or "https://*.host", in lower case`, text))
		default:
			origins = append(origins, origin{scheme, strings.TrimPrefix(host, "*")})
		}
	}
	return origins, errors.Join(errs...)
}

// sameDomain is Django's is_same_domain (utils/http.py).
func sameDomain(host, pattern string) bool {
	if strings.HasPrefix(pattern, ".") && (strings.HasSuffix(host, pattern) || host == pattern[1:]) {
		return true
	}
	return host != "" && host == pattern
}

// checkSource returns why the source of a request is refused; empty: it is accepted
// (CsrfViewMiddleware.process_view). If there is an Origin, it decides. Otherwise https
// requests need a Referer, because a page of the http site, which anyone on the network path
// can write, must not be accepted.
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
// protocol. A request without the headers that browsers send is accepted.
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
	// This is stricter than Django, which accepts a trusted host after "user@" or before a
	// path. Browsers send neither (RFC 6454 §7).
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

// refererHost returns the host whose pages may send requests over https: the domain of the
// cookie, whose pages share it, or the host of the request.
func (p *Protection) refererHost(r *http.Request) string {
	if p.domain == "" {
		return strings.ToLower(r.Host)
	}
	if _, port, err := net.SplitHostPort(r.Host); err == nil && port != "443" && port != "80" {
		return p.domain + ":" + port
	}
	return p.domain
}
