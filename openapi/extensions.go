package openapi

// Extensions are members of an object that the specification leaves to tools. Their names
// begin with "x-" (OpenAPI 3.2 §4.1.1).
type Extensions map[string]any

// MarshalJSON writes the object with its extensions.
func (d Document) MarshalJSON() ([]byte, error) { return marshal(d) }

// MarshalJSON writes the object with its extensions.
func (i Info) MarshalJSON() ([]byte, error) { return marshal(i) }

// MarshalJSON writes the object with its extensions.
func (s Server) MarshalJSON() ([]byte, error) { return marshal(s) }

// MarshalJSON writes the object with its extensions.
func (t Tag) MarshalJSON() ([]byte, error) { return marshal(t) }

// MarshalJSON writes the object with its extensions.
func (p PathItem) MarshalJSON() ([]byte, error) { return marshal(p) }

// MarshalJSON writes the object with its extensions.
func (o Operation) MarshalJSON() ([]byte, error) { return marshal(o) }

// MarshalJSON writes the object with its extensions.
func (p Parameter) MarshalJSON() ([]byte, error) { return marshal(p) }

// MarshalJSON writes the reference, or the object with its extensions.
func (r Response) MarshalJSON() ([]byte, error) { return marshal(r) }

// MarshalJSON writes the object with its extensions.
func (s SecurityScheme) MarshalJSON() ([]byte, error) { return marshal(s) }
