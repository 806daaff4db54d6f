package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Extensions are members of an object that the specification leaves to tools. Their names
// begin with "x-" (OpenAPI 3.2 §4.1.1).
type Extensions map[string]any

// join writes the extensions after the members of an object.
func (x Extensions) join(object any) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil || len(x) == 0 {
		return text, err
	}
	text = text[:len(text)-1]
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if !strings.HasPrefix(name, "x-") {
			return nil, fmt.Errorf("openapi: the extension %q does not begin with x-", name)
		}
		member, err := json.Marshal(map[string]any{name: x[name]})
		if err != nil {
			return nil, fmt.Errorf("openapi: the extension %q: %w", name, err)
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		text = append(text, member[1:len(member)-1]...)
	}
	return append(text, '}'), nil
}

// MarshalJSON writes the object with its extensions.
func (d Document) MarshalJSON() ([]byte, error) {
	type plain Document
	return d.Extensions.join(plain(d))
}

// MarshalJSON writes the object with its extensions.
func (i Info) MarshalJSON() ([]byte, error) {
	type plain Info
	return i.Extensions.join(plain(i))
}

// MarshalJSON writes the object with its extensions.
func (s Server) MarshalJSON() ([]byte, error) {
	type plain Server
	return s.Extensions.join(plain(s))
}

// MarshalJSON writes the object with its extensions.
func (t Tag) MarshalJSON() ([]byte, error) {
	type plain Tag
	return t.Extensions.join(plain(t))
}

// MarshalJSON writes the object with its extensions.
func (p PathItem) MarshalJSON() ([]byte, error) {
	type plain PathItem
	return p.Extensions.join(plain(p))
}

// MarshalJSON writes the object with its extensions.
func (o Operation) MarshalJSON() ([]byte, error) {
	type plain Operation
	return o.Extensions.join(plain(o))
}

// MarshalJSON writes the object with its extensions.
func (p Parameter) MarshalJSON() ([]byte, error) {
	type plain Parameter
	return p.Extensions.join(plain(p))
}

// MarshalJSON writes the reference, or the object with its extensions.
func (r Response) MarshalJSON() ([]byte, error) {
	if r.Ref != "" {
		return json.Marshal(map[string]string{"$ref": r.Ref})
	}
	type plain Response
	return r.Extensions.join(plain(r))
}

// MarshalJSON writes the object with its extensions.
func (s SecurityScheme) MarshalJSON() ([]byte, error) {
	type plain SecurityScheme
	return s.Extensions.join(plain(s))
}
