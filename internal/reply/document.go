package reply

import (
	"strings"

	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// Headers documents the headers of replies, except those of cookies.
func (p *Plan) Headers(c *schema.Components) map[string]openapi.Header {
	headers := map[string]openapi.Header{}
	for i := range p.headers {
		if i == p.typeAt {
			continue // OpenAPI documents media types elsewhere and ignores this header
		}
		h := &p.headers[i]
		s := h.value.HeaderSchema(c)
		s.Description = ""
		h.httpDates(s)
		headers[h.name] = openapi.Header{Schema: s, Description: h.doc}
	}
	if p.Body.Kind == Content {
		for _, name := range []string{"Last-Modified", "Content-Disposition", "Accept-Ranges"} {
			if _, have := headers[name]; !have {
				headers[name] = openapi.Header{Schema: &openapi.Schema{Type: "string"}}
			}
		}
	}
	return headers
}

// Cookies returns the descriptions of the cookies that have fields of their own, by name.
func (p *Plan) Cookies() map[string]string {
	cookies := map[string]string{}
	for _, cookie := range p.cookies {
		if cookie.name != "" {
			cookies[cookie.name] = cookie.doc
		}
	}
	return cookies
}

// httpDates removes the format of times that are written as HTTP dates, for which JSON
// Schema has none.
func (h *header) httpDates(s *openapi.Schema) {
	if s.Items != nil {
		h.httpDates(s.Items)
	}
	if s.Format == "date-time" && !strings.Contains(h.format, "date-time") {
		s.Format = ""
	}
}

// Content documents the body, for each media type: those of the codecs where they encode it.
func (p *Plan) Content(c *schema.Components, codecs []string) map[string]openapi.MediaType {
	content := map[string]openapi.MediaType{}
	b := &p.Body
	switch b.Kind {
	case None:
		return nil
	case Value:
		media := openapi.MediaType{Schema: b.value.OutputSchema(c)}
		if example := b.value.Example(c, false); example != nil {
			media.Example = example
		}
		for _, name := range codecs {
			content[name] = media
		}
		return content
	case Stream:
		item := b.Item.OutputSchema(c)
		content[EventStream] = openapi.MediaType{ItemSchema: eventSchema(item, b.Events)}
		if !b.Events {
			content[JSONLines] = openapi.MediaType{ItemSchema: item}
		}
		return content
	}
	for _, m := range b.mediaTypes {
		media := openapi.MediaType{}
		switch {
		case strings.HasPrefix(m.name, "text/"):
			media.Schema = &openapi.Schema{Type: "string"}
		case !c.Plain:
			media.Schema = &openapi.Schema{Type: "string", Format: "binary"} // as in OpenAPI 3.0, for generators
		}
		content[m.text] = media
	}
	return content
}

// eventSchema documents an event whose data has a schema (OpenAPI 3.2 §4.14.4).
func eventSchema(data *openapi.Schema, named bool) *openapi.Schema {
	text := &openapi.Schema{Type: "string", ContentMediaType: "application/json", ContentSchema: data}
	s := &openapi.Schema{Type: "object", Required: []string{"data"}}
	if named {
		s.Properties = append(s.Properties,
			openapi.Property{Name: "id", Schema: &openapi.Schema{Type: "string"}},
			openapi.Property{Name: "event", Schema: &openapi.Schema{Type: "string"}},
			openapi.Property{Name: "retry", Schema: &openapi.Schema{Type: "integer", Minimum: "0"}})
	}
	s.Properties = append(s.Properties, openapi.Property{Name: "data", Schema: text})
	return s
}
