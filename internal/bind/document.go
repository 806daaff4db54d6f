package bind

import (
	"encoding/json"
	"slices"

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
		body.Content = map[string]openapi.MediaType{"application/json": mediaType(p.body.value.InputSchema(c), p.body.value.Example(c, true))}
	case FormBody:
		body.Content = p.contentOf(mediaType(p.formSchema(c), p.formExample(c)))
	default:
		s := &openapi.Schema{Type: "string"}
		if !p.body.text {
			s.Format = "binary"
		}
		body.Description, body.Content = p.body.doc, p.contentOf(openapi.MediaType{Schema: s})
	}
	return body
}

// contentOf is the content of each media type of the body.
func (p *Plan) contentOf(media openapi.MediaType) map[string]openapi.MediaType {
	content := map[string]openapi.MediaType{}
	for _, name := range p.MediaTypes() {
		content[name] = media
	}
	return content
}

// mediaType is the content of a media type. example may be nil.
func mediaType(s *openapi.Schema, example json.RawMessage) openapi.MediaType {
	media := openapi.MediaType{Schema: s}
	if example != nil {
		media.Example = example
	}
	return media
}

// formExample is the example of a form, nil where it must have a file.
func (p *Plan) formExample(c *schema.Components) json.RawMessage {
	if slices.ContainsFunc(p.files, func(f fileField) bool { return f.shape == oneFile }) {
		return nil
	}
	var members []schema.Member
	for i := range p.form {
		members = append(members, schema.Member{Name: p.form[i].name, Value: p.form[i].value})
	}
	return schema.FormExample(c, members)
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
