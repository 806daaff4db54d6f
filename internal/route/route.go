// Package route finds the value of a request path.
//
// It is smaller than http.ServeMux and differs where an API wants it to: a path
// is matched as it was sent, never cleaned or redirected, so the path that is
// authenticated is the path that is served; an escaped slash stays inside its
// segment; a miss is a miss and not a redirect to a path with another slash; and
// a match allocates nothing.
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
			return nil, fmt.Errorf("the segment %q of path %q is neither plain text nor {name}; what a parameter may be is said by the tags of its field: pattern, minimum", segment, pattern)
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

// Match finds the value of a request's path and appends the decoded parameters to
// params. The pattern is the one that was registered.
func (t *Tree[T]) Match(u *url.URL, params []string) (value T, pattern string, values []string, ok bool) {
	path, escaped := u.Path, false
	if u.RawPath != "" {
		path, escaped = u.RawPath, true
	}
	if path == "" || path[0] != '/' {
		return value, "", params, false
	}
	found, values := t.root.match(path[1:], escaped, params)
	if found == nil {
		return value, "", params, false
	}
	return found.value, found.pattern, values, true
}

func (n *node[T]) match(rest string, escaped bool, params []string) (*leaf[T], []string) {
	segment, tail, more := strings.Cut(rest, "/")
	if escaped {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return nil, params
		}
		segment = decoded
	}
	if segment != "." && segment != ".." {
		if child := n.literal[segment]; child != nil {
			if found, values := child.next(tail, more, escaped, params); found != nil {
				return found, values
			}
		}
		if n.param != nil && segment != "" {
			if found, values := n.param.next(tail, more, escaped, append(params, segment)); found != nil {
				return found, values
			}
		}
	}
	if n.subtree != nil && clean(rest, escaped) {
		return n.subtree, params
	}
	return nil, params
}

func (n *node[T]) next(tail string, more, escaped bool, params []string) (*leaf[T], []string) {
	if more {
		return n.match(tail, escaped, params)
	}
	return n.exact, params
}

// clean reports whether the part of a path below a subtree has no segment that a
// handler might resolve to somewhere else.
func clean(rest string, escaped bool) bool {
	if escaped {
		decoded, err := url.PathUnescape(rest)
		if err != nil {
			return false
		}
		rest = decoded
	}
	for segment := range strings.SplitSeq(strings.TrimSuffix(rest, "/"), "/") {
		if segment == "." || segment == ".." || (segment == "" && rest != "") {
			return false
		}
	}
	return true
}
