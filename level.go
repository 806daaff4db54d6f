package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/internal/field"
	"github.com/go-modern-rest/rest/internal/reply"
)

// layer is what one level says: the fields that [Settings], [Router], [Controller] and
// [Op] have in common. Each level makes one by a literal without keys, so that a field
// that is added here and forgotten on a level does not compile.
type layer struct {
	auth             auth.Authenticator
	replies          Replies
	errorFormat      ErrorFormat
	errors           []error
	codecs           []Codec
	headers          http.Header
	mapError         func(context.Context, error) error
	maxBody          int64
	limitsBeforeAuth []Limiter
	limits           []Limiter
	around           Around
	tags             []string
	deprecated       bool
}

// level is what the levels down to one say together.
type level struct {
	path      string
	name      string // settings, router, controller, endpoint or mount
	auth      auth.Authenticator
	authLevel string // the level that decided auth
	replies   Replies
	format    *errorFormat
	errors    []failure // what Errors declare
	codecs    []Codec
	headers   []headerValue                        // of every reply, by name
	mapErrors []func(context.Context, error) error // nearest first
	maxBody   int64                                // negative: no limit

	limitsBeforeAuth, limits []levelLimiter // outermost first
	arounds                  []Around       // outermost first

	tags       []string
	deprecated bool
}

// levelLimiter is a limiter and the level that has it.
type levelLimiter struct {
	Limiter
	level string
}

type headerValue struct {
	name   string
	values []string
}

// defaultMaxBody is the limit of bodies where no level has one.
const defaultMaxBody = 1 << 20

// outermost is what holds where no level says anything.
func (c *compiler) outermost() level {
	return level{replies: Checked, format: c.format(Details), codecs: []Codec{{MediaType: mediaJSON}}, maxBody: defaultMaxBody}
}

// inner returns what holds below a level that adds path and says s. It reports the
// mistakes in s.
func (c *compiler) inner(outer level, path, name string, s layer) level {
	l := outer
	l.path += path
	l.name = name
	fail := func(err error) { c.errs.add(orRoot(l.path), name, "", err) }
	switch {
	case s.auth == nil:
	case auth.IsNil(s.auth):
		fail(fmt.Errorf("Auth holds a nil %T; leave the field out to inherit", s.auth))
	default:
		l.auth, l.authLevel = s.auth, name
	}
	if s.replies < 0 || s.replies > Unchecked {
		fail(fmt.Errorf("Replies is %d; want Checked, Reported or Unchecked", s.replies))
	}
	if s.replies != 0 {
		l.replies = s.replies
	}
	if s.errorFormat != nil {
		l.format = c.format(s.errorFormat)
	}
	if len(s.codecs) > 0 {
		l.codecs = s.codecs
		for i, codec := range s.codecs {
			if codec.MediaType != strings.ToLower(codec.MediaType) || !isMediaType(codec.MediaType) {
				fail(fmt.Errorf("the codec's MediaType %q is not a lower-case media type without parameters", codec.MediaType))
			}
			if slices.ContainsFunc(s.codecs[:i], func(other Codec) bool { return other.MediaType == codec.MediaType }) {
				fail(fmt.Errorf("two codecs have the media type %s", codec.MediaType))
			}
		}
	}
	if s.maxBody != 0 {
		l.maxBody = s.maxBody
	}
	l.headers = joinHeaders(outer.headers, s.headers, fail)
	l.errors = slices.Concat(l.errors, declaredErrors(s.errors, fail))
	if s.mapError != nil {
		l.mapErrors = append([]func(context.Context, error) error{s.mapError}, l.mapErrors...)
	}
	l.limitsBeforeAuth = joinLimits(l.limitsBeforeAuth, s.limitsBeforeAuth, name, "LimitsBeforeAuth", fail)
	l.limits = joinLimits(l.limits, s.limits, name, "Limits", fail)
	if s.around != nil {
		l.arounds = append(slices.Clip(l.arounds), s.around)
	}
	if len(s.tags) > 0 {
		l.tags = s.tags
	}
	l.deprecated = l.deprecated || s.deprecated
	return l
}

// isMediaType reports whether a text is a media type without parameters (RFC 9110 §8.3.1).
func isMediaType(text string) bool {
	kind, sub, ok := strings.Cut(text, "/")
	return ok && field.IsToken(kind) && field.IsToken(sub) && !strings.Contains(text, "*")
}

// joinHeaders returns the headers of an outer level with those of an inner one, which
// wins by name. A name without a value that is not empty is removed.
func joinHeaders(outer []headerValue, inner http.Header, fail func(error)) []headerValue {
	if len(inner) == 0 {
		return outer
	}
	all := map[string][]string{}
	for _, h := range outer {
		all[h.name] = h.values
	}
	for _, name := range sortedKeys(inner) {
		if err := reply.Check(name, inner[name]); err != nil {
			fail(fmt.Errorf("Headers: %w", err))
			continue
		}
		values := slices.DeleteFunc(slices.Clone(inner[name]), func(value string) bool { return value == "" })
		if key := http.CanonicalHeaderKey(name); len(values) > 0 {
			all[key] = slices.Clip(values)
		} else {
			delete(all, key)
		}
	}
	var joined []headerValue
	for _, name := range slices.Sorted(maps.Keys(all)) {
		joined = append(joined, headerValue{name, all[name]})
	}
	return joined
}

// declaredErrors are the statuses of a level's Errors.
func declaredErrors(list []error, fail func(error)) []failure {
	var declared []failure
	for i, err := range list {
		f, ok := describeError(err)
		if !ok || f.status < 400 || f.status > 599 {
			fail(fmt.Errorf("Errors[%d] is %v: want an *rest.Error or *auth.Error with a status from 400 to 599", i, err))
			continue
		}
		for _, name := range f.headers {
			if err := reply.CheckName(name); err != nil {
				fail(fmt.Errorf("Errors[%d], status %d: %w", i, f.status, err))
			}
		}
		declared = append(declared, f)
	}
	return declared
}

// describeError reads an element of Errors.
func describeError(err error) (failure, bool) {
	var f failure
	description := ""
	if e, is := errors.AsType[*Error](err); is && e != nil {
		f = failure{status: e.status(), headers: sortedKeys(e.Header), errs: []*Error{e}}
		description = e.Msg
	} else if e, is := errors.AsType[*auth.Error](err); is && e != nil {
		f = failure{status: e.HTTPStatus(), headers: sortedKeys(e.Header)}
		if declared, _ := asError(e); declared != nil {
			declared.Code = e.Code // asError has one for errors without it
			f.errs = []*Error{declared}
		}
		description = e.Msg
		if e.Challenge != "" && f.status != http.StatusUnauthorized && !containsFold(f.headers, "WWW-Authenticate") {
			f.headers = append(f.headers, "WWW-Authenticate")
		}
	}
	f.descriptions = []string{cmp.Or(description, statusText(f.status))}
	return f, f.status != 0
}

func joinLimits(outer []levelLimiter, inner []Limiter, level, field string, fail func(error)) []levelLimiter {
	all := slices.Clip(outer)
	for i, limiter := range inner {
		if auth.IsNil(limiter) {
			fail(fmt.Errorf("%s[%d] is a nil limiter", field, i))
			continue
		}
		all = append(all, levelLimiter{limiter, level})
	}
	return all
}

// undecided is the mistake of an operation for which no level has Auth.
func undecided(what string) error {
	return errors.New("no level decided about auth; set Auth on the " + what + ", a router or in Settings; if it needs none, set auth.Public there, but not in Settings")
}

func orRoot(path string) string {
	if path == "" {
		return "API"
	}
	return path
}
