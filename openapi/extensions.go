package openapi

import "reflect"

// Extensions are members of an object that the specification leaves to tools. Their names
// begin with "x-" (OpenAPI 3.2 §4.1.1).
type Extensions map[string]any

// MarshalJSON writes the object with its extensions.
func (d Document) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(d)) }

// MarshalJSON writes the object with its extensions.
func (i Info) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(i)) }

// MarshalJSON writes the object with its extensions.
func (s Server) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(s)) }

// MarshalJSON writes the object with its extensions.
func (t Tag) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(t)) }

// MarshalJSON writes the object with its extensions.
func (p PathItem) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(p)) }

// MarshalJSON writes the object with its extensions.
func (o Operation) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(o)) }

// MarshalJSON writes the object with its extensions.
func (p Parameter) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(p)) }

// MarshalJSON writes the reference, or the object with its extensions.
func (r Response) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(r)) }

// MarshalJSON writes the object with its extensions.
func (s SecurityScheme) MarshalJSON() ([]byte, error) { return appendJSON(nil, reflect.ValueOf(s)) }
