package reply

import (
	"net/http"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// Conditional reports whether replies have a header that a conditional request compares.
// A Content compares it itself, and a stream has nothing that a client could keep.
func (p *Plan) Conditional() bool {
	return p.Body.Kind != Content && p.Body.Kind != Stream && (p.etag >= 0 || p.modified >= 0)
}

// CheckETag returns the header ETag of a result if it is not an entity tag (RFC 9110 §8.8.3).
func (p *Plan) CheckETag(value unsafe.Pointer) (wrong string, ok bool) {
	if p.etag < 0 {
		return "", true
	}
	text := p.etagOf(value)
	return text, text == "" || ValidETag(text)
}

func (p *Plan) etagOf(value unsafe.Pointer) string {
	return *(*string)(unsafe.Add(value, p.headers[p.etag].offset))
}

// NotModified reports whether the client that sent the headers of a GET or HEAD request has
// what the result describes (RFC 9110 §13.2.2). If-Modified-Since counts only without an
// If-None-Match.
func (p *Plan) NotModified(request http.Header, value unsafe.Pointer) bool {
	etag, modified := "", time.Time{}
	if p.etag >= 0 {
		etag = p.etagOf(value)
	}
	if p.modified >= 0 {
		modified = *(*time.Time)(unsafe.Add(value, p.headers[p.modified].offset))
	}
	if lines, sent := request["If-None-Match"]; sent {
		return Match(lines, etag, true)
	}
	lines := request["If-Modified-Since"]
	if len(lines) != 1 || modified.IsZero() {
		return false
	}
	since, err := http.ParseTime(lines[0])
	return err == nil && !modified.Truncate(time.Second).After(since)
}

// TakeContentHeaders removes the headers that describe a body, for a 304 (RFC 9110 §15.4.5).
func TakeContentHeaders(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "Content-") && name != "Content-Location" && name != "Content-Security-Policy" {
			delete(h, name)
		}
	}
}

// Match reports whether one of the entity tags in the lines of a header equals etag, by
// weak or by strong comparison (RFC 9110 §8.8.3.2). The list * matches every representation,
// one without an entity tag included. Nothing after a mistake in the list is read.
func Match(lines []string, etag string, weak bool) bool {
	if len(lines) == 1 && strings.Trim(lines[0], " \t") == "*" {
		return true
	}
	if etag == "" || !weak && isWeak(etag) {
		return false
	}
	return slices.ContainsFunc(lines, func(line string) bool {
		for line != "" {
			var tag string
			if tag, line = nextETag(line); tag == "" {
				return false
			}
			if tag == etag || weak && opaque(tag) == opaque(etag) {
				return true
			}
		}
		return false
	})
}

// ValidMatch reports whether the lines of If-Match are a list of entity tags, or *.
func ValidMatch(lines []string) bool {
	if len(lines) == 1 && strings.Trim(lines[0], " \t") == "*" {
		return true
	}
	tags := 0
	for _, line := range lines {
		for rest := line; ; tags++ {
			if strings.Trim(rest, " \t,") == "" {
				break
			}
			var tag string
			if tag, rest = nextETag(rest); tag == "" {
				return false
			}
		}
	}
	return tags > 0
}

// ValidETag reports whether a text is one entity tag.
func ValidETag(text string) bool {
	tag, rest := nextETag(text)
	return tag != "" && tag == text && rest == ""
}

func isWeak(etag string) bool { return strings.HasPrefix(etag, "W/") }

func opaque(etag string) string { return strings.TrimPrefix(etag, "W/") }

// nextETag cuts the first entity tag off a list. The tag is empty if there is none.
func nextETag(list string) (tag, rest string) {
	list = strings.TrimLeft(list, " \t,")
	start := 0
	if isWeak(list) {
		start = len("W/")
	}
	if len(list) <= start || list[start] != '"' {
		return "", ""
	}
	for i := start + 1; i < len(list); i++ {
		switch c := list[i]; {
		case c == '"':
			tag, rest = list[:i+1], strings.TrimLeft(list[i+1:], " \t")
			if rest != "" && rest[0] != ',' {
				return "", ""
			}
			return tag, rest
		case c < '!' || c == 0x7f:
			return "", ""
		}
	}
	return "", ""
}
