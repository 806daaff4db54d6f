package bind

import (
	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// Parameters documents what is read besides the body.
func (p *Plan) Parameters(c *schema.Components) []openapi.Parameter {
	var out []openapi.Parameter
	for i := range p.params {
		param := &p.params[i]
		doc, deprecated := param.value.Doc()
		s := param.value.ParameterSchema(c)
		s.Description, s.Deprecated = "", false
		documented := openapi.Parameter{
			Name: param.name, In: param.in, Description: doc, Deprecated: deprecated, Schema: s,
			Required: param.in == "path" || param.required(),
		}
		switch explode := param.members != nil; {
		case param.commas:
			documented.Style, documented.Explode = "form", &explode
		case param.members != nil:
			documented.Style, documented.Explode = "deepObject", &explode
		}
		out = append(out, documented)
	}
	return out
}

// RequestBody documents the body; nil where none is read. The content of a [ValueBody]
// is that of one media type, which stands for those of the codecs.
func (p *Plan) RequestBody(c *schema.Components) *openapi.RequestBody {
	body := &openapi.RequestBody{Required: true}
	switch p.body.kind {
	case NoBody:
		return nil
	case ValueBody:
		body.Required = p.body.value.Required()
		body.Content = map[string]openapi.MediaType{"application/json": {Schema: p.body.value.InputSchema(c)}}
	case FormBody:
		body.Content = p.contentOf(p.formSchema(c))
	default:
		s := &openapi.Schema{Type: "string"}
		if !p.body.text {
			s.Format = "binary"
		}
		body.Description, body.Content = p.body.doc, p.contentOf(s)
	}
	return body
}

// contentOf is the content of each media type of the body.
func (p *Plan) contentOf(s *openapi.Schema) map[string]openapi.MediaType {
	content := map[string]openapi.MediaType{}
	for _, mediaType := range p.MediaTypes() {
		content[mediaType] = openapi.MediaType{Schema: s}
	}
	return content
}

func (p *Plan) formSchema(c *schema.Components) *openapi.Schema {
	s := &openapi.Schema{Type: "object"}
	for i := range p.form {
		param := &p.form[i]
		s.Properties = append(s.Properties, openapi.Property{Name: param.name, Schema: param.value.ParameterSchema(c)})
		if param.required() {
			s.Required = append(s.Required, param.name)
		}
	}
	p.documentFiles(s, c)
	return s
}
