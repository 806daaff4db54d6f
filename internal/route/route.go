// Package route finds the value of a request path.
//
// It is smaller than http.ServeMux and differs where an API wants it to: a path
// is matched as it was sent and never cleaned, so the path that is authenticated is
// the path that is served; an escaped slash stays inside its segment; and a match allocates
// nothing.
package route

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Tree maps patterns to values. A pattern is an absolute path whose segments are
// literal text or {name}, one parameter that takes one non-empty segment. Literal
// segments are preferred to parameters, and both to a subtree.
type Tree[T any] struct{ root node[T] }

type node[T any] struct {
	literal map[string]*node[T]
	param   *node[T]
	exact   *leaf[T]
	subtree *leaf[T]
}

type leaf[T any] struct {
	value   T
	pattern string
}

// Conflict says that a pattern matches the same paths as one that is there.
type Conflict struct{ Pattern string }

// Error names the pattern that was there first.
func (c *Conflict) Error() string { return fmt.Sprintf("the path is taken by %q", c.Pattern) }

// Params returns the parameter names of a pattern in order, or what is wrong with
// the pattern.
func Params(pattern string) ([]string, error) {
	if !strings.HasPrefix(pattern, "/") {
		return nil, fmt.Errorf("the path %q does not start with a slash", pattern)
	}
	if strings.Contains(pattern, "//") {
		return nil, fmt.Errorf("the path %q has a doubled slash", pattern)
	}
	var names []string
	for segment := range strings.SplitSeq(pattern[1:], "/") {
		switch {
		case segment == "." || segment == "..":
			return nil, fmt.Errorf("the path %q has a dot segment, which clients resolve before sending", pattern)
		case strings.HasPrefix(segment, ":"):
			return nil, fmt.Errorf("the path %q has the segment %q; a parameter is written {%s}", pattern, segment, segment[1:])
		case segment == "*":
			return nil, fmt.Errorf("the path %q has a wildcard; a rest.Mount takes all paths below its own", pattern)
		case !strings.ContainsAny(segment, "{}?#% "):
			continue
		}
		name, ok := paramName(segment)
		if !ok {
			return nil, fmt.Errorf("the segment %q of path %q is neither plain text nor {name}; to constrain a parameter, tag its field, for example with pattern or minimum", segment, pattern)
		}
		for _, other := range names {
			if other == name {
				return nil, fmt.Errorf("the path %q has two parameters named %q", pattern, name)
			}
		}
		names = append(names, name)
	}
	return names, nil
}

func paramName(segment string) (string, bool) {
	if len(segment) < 3 || segment[0] != '{' || segment[len(segment)-1] != '}' {
		return "", false
	}
	name := segment[1 : len(segment)-1]
	return name, !strings.ContainsAny(name, "{}?#% .*:")
}

// Add registers a value for exactly the paths of a pattern.
func (t *Tree[T]) Add(pattern string, value T) error {
	n, err := t.insert(pattern)
	if err != nil {
		return err
	}
	if n.exact != nil {
		return &Conflict{n.exact.pattern}
	}
	n.exact = &leaf[T]{value, pattern}
	return nil
}

// AddSubtree registers a value for every path below a pattern that ends in a
// slash, and for the pattern itself.
func (t *Tree[T]) AddSubtree(pattern string, value T) error {
	if !strings.HasSuffix(pattern, "/") {
		return errors.New("a subtree ends in a slash")
	}
	n, err := t.insert(strings.TrimSuffix(pattern, "/"))
	if err != nil {
		return err
	}
	if n.subtree != nil {
		return &Conflict{n.subtree.pattern}
	}
	n.subtree = &leaf[T]{value, pattern}
	return nil
}

func (t *Tree[T]) insert(pattern string) (*node[T], error) {
	n := &t.root
	if pattern == "" {
		return n, nil
	}
	if _, err := Params(pattern); err != nil {
		return nil, err
	}
	for segment := range strings.SplitSeq(pattern[1:], "/") {
		if _, ok := paramName(segment); ok {
			if n.param == nil {
				n.param = &node[T]{}
			}
			n = n.param
			continue
		}
		child := n.literal[segment]
		if child == nil {
			if n.literal == nil {
				n.literal = map[string]*node[T]{}
			}
			child = &node[T]{}
			n.literal[segment] = child
		}
		n = child
	}
	return n, nil
}

// Below reports whether paths of one pattern are below a subtree; a parameter may be any
// segment.
func Below(pattern, subtree string) bool {
	inner, outer := strings.Split(pattern, "/"), strings.Split(strings.TrimSuffix(subtree, "/"), "/")
	if len(inner) <= len(outer) {
		return false
	}
	for i, segment := range outer {
		_, free := paramName(segment)
		_, freeToo := paramName(inner[i])
		if segment != inner[i] && !free && !freeToo {
			return false
		}
	}
	return true
}

// Found is what [Tree.Match] says of a path.
type Found[T any] struct {
	Value   T
	Pattern string   // as it was registered
	Params  []string // decoded, in the order of the pattern

	// Redirect: the value is that of the path that differs by its last slash.
	Redirect bool
}

// Location returns where a request with Redirect belongs: the path as it was sent, with
// the other end, and the query. It never starts with two slashes, which would name a host.
func (f *Found[T]) Location(u *url.URL) string {
	path, ok := strings.CutSuffix(u.EscapedPath(), "/")
	if !ok {
		path += "/"
	}
	path = "/" + strings.TrimLeft(path, "/")
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path
}

// sent returns the path as it was sent, escaped, or the decoded one where no character
// needed an escape. RawPath counts only if it is another form of Path, as for
// [url.URL.EscapedPath]: middleware may have changed Path alone, and handlers read that.
func sent(u *url.URL) (path string, escaped bool) {
	if u.RawPath != "" {
		if decoded, err := url.PathUnescape(u.RawPath); err == nil && decoded == u.Path {
			return u.RawPath, true
		}
	}
	return u.Path, false
}

// Match finds the value of a request's path and appends the decoded parameters to
// params.
func (t *Tree[T]) Match(u *url.URL, params []string) (f Found[T], ok bool) {
	path, escaped := sent(u)
	if path == "" || path[0] != '/' {
		return f, false
	}
	m := match[T]{escaped: escaped}
	found := m.at(&t.root, path[1:], params)
	if found == nil {
		found, m.redirect = m.other, true
	}
	if found == nil {
		return f, false
	}
	f.Value, f.Pattern, f.Params, f.Redirect = found.value, found.pattern, m.params, m.redirect
	return f, true
}

// match is the state of one search.
type match[T any] struct {
	escaped  bool
	params   []string
	other    *leaf[T] // of the path that differs by its last slash
	mine     bool     // other is a subtree, so outer parameters do not have the path either
	redirect bool     // what was found is other
}

// at finds the leaf of the rest of a path, which begins below n. An exact match comes
// before the path that differs by its last slash, and both before the subtree of n: a path
// never falls to an outer subtree if an inner path is meant.
func (m *match[T]) at(n *node[T], rest string, params []string) *leaf[T] {
	segment, tail, more := strings.Cut(rest, "/")
	if m.escaped {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return nil
		}
		segment = decoded
	}
	if segment != "." && segment != ".." {
		if found := m.next(n.literal[segment], tail, more, params); found != nil {
			return found
		}
		if n.param != nil && segment != "" {
			if found := m.next(n.param, tail, more, append(params, segment)); found != nil {
				return found
			}
		}
	}
	if m.mine {
		m.redirect = true
		return m.other
	}
	if n.subtree != nil && m.other == nil && !doubled(rest) {
		m.params = params
		return n.subtree
	}
	return nil
}

func (m *match[T]) next(child *node[T], tail string, more bool, params []string) *leaf[T] {
	if child == nil {
		return nil
	}
	if more {
		if found := m.at(child, tail, params); found != nil {
			return found
		}
		if tail == "" && m.other == nil {
			m.other = child.exact
		}
		return nil
	}
	if child.exact != nil {
		m.params = params
		return child.exact
	}
	switch slash := child.literal[""]; {
	case child.subtree != nil:
		m.other, m.mine = child.subtree, true
	case slash != nil && m.other == nil:
		m.other = slash.exact
	}
	return nil
}

// doubled reports whether the part of a path below a subtree has an empty segment that
// is not the last one.
func doubled(rest string) bool {
	return strings.Contains(rest, "//") || strings.HasPrefix(rest, "/")
}

// Structure reports what a handler that reads the decoded path sees in it that the tree
// did not: escaped slashes, also in a segment that a parameter took, and, as unclean, dot
// segments, backslashes and NUL bytes.
func Structure(u *url.URL) (slashes, unclean bool) {
	if path, escaped := sent(u); escaped {
		slashes = strings.Count(u.Path, "/") != strings.Count(path, "/")
	}
	if strings.ContainsAny(u.Path, "\\\x00") {
		return slashes, true
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if segment == "." || segment == ".." {
			return slashes, true
		}
	}
	return slashes, false
}
