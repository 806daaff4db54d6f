package bind

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/field"
	"github.com/go-modern-rest/rest/internal/schema"
)

// Body is how the body of a request is read.
type Body uint8

const (
	NoBody     Body = iota
	ValueBody       // a codec decodes it: body:""
	FormBody        // fields tagged form
	BytesBody       // []byte or string with a media type, read as a whole
	StreamBody      // io.Reader with a media type, which the handler reads
)

// bodyField is the field of a body.
type bodyField struct {
	kind       Body
	value      *schema.Value // of a ValueBody
	mediaTypes []string      // of a BytesBody or StreamBody; may be ranges
	text       bool          // a string
	doc        string
	offset     uintptr
}

// Body returns how the body is read.
func (p *Plan) Body() Body { return p.body.kind }

// HasBody reports whether a body is read.
func (p *Plan) HasBody() bool { return p.body.kind != NoBody }

// hasForm reports whether the input has fields of a form.
func (p *Plan) hasForm() bool { return len(p.form) > 0 || len(p.files) > 0 }

// MediaTypes are the media types of the body, or ranges of them. Those of a [ValueBody]
// are its codecs'.
func (p *Plan) MediaTypes() []string {
	switch {
	case p.body.kind != FormBody:
		return p.body.mediaTypes
	case p.HasFiles():
		return []string{"multipart/form-data"}
	}
	return []string{"application/x-www-form-urlencoded", "multipart/form-data"}
}

// Accepts reports whether a body may have a media type.
func (p *Plan) Accepts(mediaType string) bool {
	return mediaType != "" && slices.ContainsFunc(p.MediaTypes(), func(accepted string) bool {
		if prefix, ok := strings.CutSuffix(accepted, "*"); ok {
			return prefix == "*/" || strings.HasPrefix(mediaType, prefix)
		}
		return accepted == mediaType
	})
}

// SetReader sets the field of a [StreamBody].
func (p *Plan) SetReader(dst unsafe.Pointer, r io.Reader) {
	*(*io.Reader)(unsafe.Add(dst, p.body.offset)) = r
}

// WantsSent reports whether the input has a field for the body as it was sent.
func (p *Plan) WantsSent() bool { return len(p.sent) > 0 }

// SetSent sets the fields for the body as it was sent.
func (p *Plan) SetSent(dst unsafe.Pointer, sent []byte) {
	for _, offset := range p.sent {
		*(*[]byte)(unsafe.Add(dst, offset)) = sent
	}
}

// bodyField adds a field tagged body.
func (p *Plan) bodyField(c Types, f reflect.StructField, offset uintptr) error {
	tag := f.Tag.Get("body")
	if tag == "raw" {
		if f.Type != reflect.TypeFor[[]byte]() {
			return fmt.Errorf(`the body as it was sent, body:"raw", cannot have the type %s; use []byte`, schema.TypeName(f.Type))
		}
		p.sent = append(p.sent, offset)
		return schema.TagError(f.Tag)
	}
	if p.body.kind != NoBody {
		return errors.New("a second body")
	}
	p.body = bodyField{kind: ValueBody, doc: f.Tag.Get("doc"), offset: offset}
	if tag == "" {
		if f.Type == reflect.TypeFor[io.Reader]() {
			return errors.New(`the body is an io.Reader; write its media type, such as body:"application/octet-stream"`)
		}
		var err error
		p.body.value, err = c.Schemas.CompileField(f.Type, f.Tag)
		return errors.Join(err, notOf("body", f.Tag, "default", "readOnly", "writeOnly"))
	}
	var err error
	if p.body.mediaTypes, err = mediaTypes(tag); err != nil {
		return err
	}
	switch kind := f.Type.Kind(); {
	case f.Type == reflect.TypeFor[io.Reader]():
		p.body.kind = StreamBody
	case kind == reflect.String, kind == reflect.Slice && f.Type.Elem().Kind() == reflect.Uint8:
		p.body.kind, p.body.text = BytesBody, kind == reflect.String
	default:
		return fmt.Errorf(`the type %s cannot be a body with a media type; use io.Reader, []byte or string, or body:"" for a value that the codecs decode`, schema.TypeName(f.Type))
	}
	return schema.TagError(f.Tag, "doc")
}

// mediaTypes reads the media types of a body tag.
func mediaTypes(tag string) ([]string, error) {
	var list []string
	for mediaType := range strings.SplitSeq(tag, ",") {
		mediaType = strings.Trim(mediaType, " ")
		kind, sub, ok := strings.Cut(mediaType, "/")
		switch {
		case !ok || !field.IsToken(kind) || !field.IsToken(sub) || kind == "*" && sub != "*" || strings.Contains(sub, "*") && sub != "*":
			return nil, fmt.Errorf(`body:%q: want "" for a value, "raw" for the bytes beside it, or media types such as "image/png,image/*"`, tag)
		case mediaType != strings.ToLower(mediaType):
			return nil, fmt.Errorf("body:%q: write media types in lower case", tag)
		case slices.Contains(list, mediaType):
			return nil, fmt.Errorf("body:%q: %s occurs twice", tag, mediaType)
		}
		list = append(list, mediaType)
	}
	return list, nil
}

// bindBody sets the fields of a body that was read, and those of a form.
func (p *Plan) bindBody(dst unsafe.Pointer, r *http.Request, body []byte, issues *schema.Issues) error {
	at := unsafe.Add(dst, p.body.offset)
	switch p.body.kind {
	case ValueBody:
		p.body.value.Decode(body, at, []any{"parsed_body"}, issues, 0)
	case FormBody:
		return p.bindForm(dst, r, issues)
	case BytesBody:
		switch {
		case !p.body.text:
			*(*[]byte)(at) = body
		case utf8.Valid(body):
			*(*string)(at) = string(body)
		default:
			issues.Add([]any{"parsed_body"}, schema.CodeUTF8, nil, schema.MsgUTF8)
		}
	}
	return nil
}

// maxFormMemory is how many bytes of a multipart form stay in memory.
const maxFormMemory = 1 << 20

// bindForm parses a form and sets its fields.
func (p *Plan) bindForm(dst unsafe.Pointer, r *http.Request, issues *schema.Issues) error {
	var values url.Values
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Type"))), "multipart/") {
		if err := r.ParseMultipartForm(maxFormMemory); err != nil {
			return err
		}
		if p.HasFiles() {
			p.bindFiles(dst, r.MultipartForm, issues)
		} else {
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		values = r.MultipartForm.Value
	} else {
		if err := r.ParseForm(); err != nil {
			return err
		}
		values = r.PostForm
	}
	for i := range p.form {
		param := &p.form[i]
		if r.MultipartForm != nil && len(r.MultipartForm.File[param.name]) > 0 {
			issues.Add(param.loc, schema.CodeType, "string", schema.MsgNoFile)
			continue
		}
		param.set(values[param.name], unsafe.Add(dst, param.offset), issues)
	}
	return nil
}
