package openapi

import (
	"fmt"
	"strings"
)

// Version returns the document for readers of an OpenAPI version: "3.2.x" as it
// is, "3.1.x" without QUERY operations, which 3.1 has no field for. Others are an
// error: 3.0 has another schema dialect.
func (d *Document) Version(version string) (*Document, error) {
	out := *d
	out.OpenAPI = version
	if strings.HasPrefix(version, "3.2.") {
		return &out, nil
	}
	if !strings.HasPrefix(version, "3.1.") {
		return nil, fmt.Errorf("openapi: version %q: there are 3.2.x and 3.1.x", version)
	}
	out.Paths = make(map[string]*PathItem, len(d.Paths))
	for path, item := range d.Paths {
		older := *item
		older.Query = nil
		out.Paths[path] = &older
	}
	return &out, nil
}
