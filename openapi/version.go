package openapi

import (
	"fmt"
	"maps"
	"strings"
)

// Version returns the document for readers of an OpenAPI version: "3.2.x" as it
// is, "3.1.x" without QUERY operations and without the schemas of the items of streams,
// which 3.1 has no fields for. Others are an
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
		for _, method := range Methods() {
			if op := older.Operation(method); op != nil {
				older.Set(method, op.withoutItemSchemas())
			}
		}
		out.Paths[path] = &older
	}
	return &out, nil
}

// withoutItemSchemas returns the operation for 3.1, a copy if it has streams.
func (o *Operation) withoutItemSchemas() *Operation {
	out := o
	for status, response := range o.Responses {
		for name, media := range response.Content {
			if media.ItemSchema == nil {
				continue
			}
			if out == o {
				older := *o
				older.Responses = maps.Clone(o.Responses)
				out = &older
			}
			if out.Responses[status] == response {
				older := *response
				older.Content = maps.Clone(response.Content)
				out.Responses[status] = &older
			}
			media.ItemSchema = nil
			out.Responses[status].Content[name] = media
		}
	}
	return out
}
