package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Version returns the document for readers of an OpenAPI version: "3.2.x" as it is,
// "3.1.x" without what OpenAPI 3.2 added:
//
//   - QUERY operations; their path stays
//   - ItemSchema of media types; the media type of a stream stays
//   - Summary, Parent and Kind of tags
//   - Deprecated, OAuth2MetadataURL and the device grant of security schemes
//
// Another version is an error: 3.0 has another schema dialect.
func (d *Document) Version(version string) (*Document, error) {
	out := *d
	out.OpenAPI = version
	if strings.HasPrefix(version, "3.2.") {
		return &out, nil
	}
	if !strings.HasPrefix(version, "3.1.") {
		return nil, fmt.Errorf("openapi: version %q: there are 3.2.x and 3.1.x", version)
	}
	out.Paths, out.Webhooks = olderItems(d.Paths), olderItems(d.Webhooks)
	out.Tags = slices.Clone(d.Tags)
	for i := range out.Tags {
		out.Tags[i].Summary, out.Tags[i].Parent, out.Tags[i].Kind = "", "", ""
	}
	if d.Components != nil {
		components := *d.Components
		components.Responses = olderResponses(components.Responses)
		components.SecuritySchemes = maps.Clone(components.SecuritySchemes)
		for name, scheme := range components.SecuritySchemes {
			components.SecuritySchemes[name] = scheme.older()
		}
		out.Components = &components
	}
	return &out, nil
}

func olderItems(items map[string]*PathItem) map[string]*PathItem {
	if items == nil {
		return nil
	}
	out := make(map[string]*PathItem, len(items))
	for name, item := range items {
		if item == nil {
			continue
		}
		older := *item
		older.Query = nil
		for _, method := range Methods() {
			if op := older.Operation(method); op != nil {
				older.Set(method, op.older())
			}
		}
		out[name] = &older
	}
	return out
}

func (o *Operation) older() *Operation {
	out := *o
	out.Responses = olderResponses(o.Responses)
	out.Callbacks = maps.Clone(o.Callbacks)
	for name, callback := range out.Callbacks {
		out.Callbacks[name] = olderItems(callback)
	}
	return &out
}

func olderResponses(responses map[string]*Response) map[string]*Response {
	out := maps.Clone(responses)
	for key, response := range out {
		if response == nil {
			continue
		}
		older := *response
		older.Content = maps.Clone(response.Content)
		for name, media := range older.Content {
			media.ItemSchema = nil
			older.Content[name] = media
		}
		out[key] = &older
	}
	return out
}

func (s SecurityScheme) older() SecurityScheme {
	s.Deprecated, s.OAuth2MetadataURL = false, ""
	if s.Flows != nil {
		flows := *s.Flows
		flows.DeviceAuthorization = nil
		s.Flows = &flows
	}
	return s
}
