package auth

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/go-modern-rest/rest/openapi"
)

// declareEach adds the schemes, challenges, Vary and refusals of all members to sum, and calls
// join, which adds the alternatives as the combinator needs it. It reports all mistakes.
func declareEach(members []Authenticator, err error, method string, sum *Declaration, join func(Declaration)) error {
	if err != nil {
		return err
	}
	var errs []error
	for _, member := range members {
		d, err := member.Declare(method)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := sum.addSchemes(d.Schemes); err != nil {
			errs = append(errs, err)
			continue
		}
		sum.Challenges = appendNew(sum.Challenges, d.Challenges...)
		sum.Vary = appendNew(sum.Vary, d.Vary...)
		sum.Refusals = mergeRefusals(sum.Refusals, d.Refusals)
		join(d)
	}
	return errors.Join(errs...)
}

func (d *Declaration) addSchemes(schemes map[string]Scheme) error {
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		if have, ok := d.Schemes[name]; ok && !have.Same(schemes[name]) {
			return fmt.Errorf("auth: two different schemes are named %q; give one of them a SchemeName of its own", name)
		}
		if d.Schemes == nil {
			d.Schemes = map[string]Scheme{}
		}
		d.Schemes[name] = schemes[name]
	}
	return nil
}

// Same reports whether both schemes describe the same credential from the same source.
func (s Scheme) Same(other Scheme) bool {
	if !reflect.DeepEqual(s.SecurityScheme, other.SecurityScheme) {
		return false
	}
	if s.Source == nil || other.Source == nil {
		return s.Source == other.Source
	}
	a, b := reflect.ValueOf(s.Source), reflect.ValueOf(other.Source)
	return a.Comparable() && b.Comparable() && s.Source == other.Source
}

func appendNew(list []string, items ...string) []string {
	for _, item := range items {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// mergeRefusals adds refusals to a list. If a status is there already, its description stays,
// and the headers are joined.
func mergeRefusals(list, more []Refusal) []Refusal {
	for _, refusal := range more {
		i := slices.IndexFunc(list, func(have Refusal) bool { return have.Status == refusal.Status })
		if i < 0 {
			list = append(list, refusal)
			continue
		}
		list[i].Headers = appendNew(slices.Clone(list[i].Headers), refusal.Headers...)
	}
	return list
}

// vary returns the names of the headers by which replies vary: those that the schemes read,
// and the declared ones. Authorization is only needed (RFC 9111 §3.5) if requests without it
// are accepted, because their replies may be cached.
func (d Declaration) vary() []string {
	var list []string
	without := slices.ContainsFunc(d.Alternatives, func(a Alternative) bool { return len(a.Requirement) == 0 })
	for _, name := range slices.Sorted(maps.Keys(d.Schemes)) {
		header := "Authorization" // for the type http
		switch scheme := d.Schemes[name]; scheme.In {
		case "query":
			continue
		case "cookie":
			header = "Cookie"
		case "header":
			header = http.CanonicalHeaderKey(scheme.Name)
		}
		if header != "Authorization" || without {
			list = appendNew(list, header)
		}
	}
	return appendNew(list, d.Vary...)
}

// check reports what an authenticator forgot to declare.
func (d Declaration) check() error {
	if len(d.Alternatives) == 0 {
		return errors.New("auth: Declare returned no alternative")
	}
	for _, alternative := range d.Alternatives {
		for _, name := range schemeNames(alternative) {
			if _, ok := d.Schemes[name]; !ok {
				return fmt.Errorf("auth: Declare requires the scheme %q but does not describe it in Schemes", name)
			}
		}
		if len(alternative.Principals) == 0 || slices.Contains(alternative.Principals, nil) {
			return fmt.Errorf("auth: Declare has no type of the principal of the alternative %v", schemeNames(alternative))
		}
		for _, accounts := range alternative.Accounts {
			if accounts != nil && !reflect.ValueOf(accounts).Comparable() {
				return fmt.Errorf("auth: Declare has a %T in Accounts, which cannot be compared with ==; AccountsOf makes a value that can", accounts)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Schemes)) {
		if wrong := d.Schemes[name].incomplete(); wrong != "" {
			return fmt.Errorf("auth: Declare describes the scheme %q, which OpenAPI does not allow: %s", name, wrong)
		}
	}
	for _, refusal := range d.Refusals {
		if refusal.Status < 400 || refusal.Status > 599 {
			return fmt.Errorf("auth: Declare has a Refusal with status %d, want 400 to 599", refusal.Status)
		}
	}
	return nil
}

// incomplete returns what a scheme lacks by OpenAPI 3.2 §4.27.1; empty: nothing.
func (s Scheme) incomplete() string {
	switch s.Type {
	case "apiKey":
		if s.Name == "" || !slices.Contains([]string{"query", "header", "cookie"}, s.In) {
			return "an apiKey needs a Name, and In: query, header or cookie"
		}
	case "http":
		if s.Scheme == "" {
			return "http needs a Scheme"
		}
	case "openIdConnect":
		if s.OpenIDConnectURL == "" {
			return "openIdConnect needs an OpenIDConnectURL"
		}
	case "oauth2":
		if s.Flows == nil || *s.Flows == (openapi.OAuthFlows{}) {
			return "oauth2 needs a flow in Flows"
		}
	case "mutualTLS":
	default:
		return fmt.Sprintf("the Type is %q, want apiKey, http, oauth2, openIdConnect or mutualTLS", s.Type)
	}
	return ""
}
