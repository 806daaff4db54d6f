package bind

import (
	"fmt"
	"mime/multipart"
	"reflect"
	"slices"
	"unicode/utf8"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

// File is a file of a multipart form (RFC 7578): Filename as the client called it,
// which is not to be trusted as a path, Header with its Content-Type, Size in
// bytes, and Open. It is gone when the handler returns.
//
//	type Upload struct {
//		Avatar rest.File    `form:"avatar"`  // required
//		Banner *rest.File   `form:"banner"`  // nil: not sent
//		Photos []rest.File  `form:"photos"`  // any number
//	}
type File struct{ *multipart.FileHeader }

// fileField is a field that receives files.
type fileField struct {
	name, doc string
	kind      reflect.Type
	offset    uintptr
}

var (
	oneFile   = reflect.TypeFor[File]()
	maybeFile = reflect.TypeFor[*File]()
	manyFiles = reflect.TypeFor[[]File]()
)

func isFile(t reflect.Type) bool { return t == oneFile || t == maybeFile || t == manyFiles }

func (p *Plan) file(f reflect.StructField, source string, offset uintptr) error {
	name := f.Tag.Get(source)
	switch {
	case source != "form":
		return fmt.Errorf("a file comes in a form, not in a %s", source)
	case name == "":
		return fmt.Errorf("the tag %s names nothing", source)
	}
	p.files = append(p.files, fileField{name, f.Tag.Get("doc"), f.Type, offset})
	return schema.TagError(f.Tag, "doc")
}

// HasFiles reports whether the input has fields for files. The caller of Bind then
// removes the request's MultipartForm when the handler is done.
func (p *Plan) HasFiles() bool { return len(p.files) > 0 }

// bindFiles fills the fields of files. A browser sends an empty text for an input
// where no file was chosen; other texts under the name of a file are mistakes, and
// so are files under the name of a text.
func (p *Plan) bindFiles(dst unsafe.Pointer, form *multipart.Form, issues *schema.Issues) {
	for _, field := range p.files {
		sent, at := form.File[field.name], unsafe.Add(dst, field.offset)
		if slices.ContainsFunc(form.Value[field.name], func(text string) bool { return text != "" }) {
			issues.Add([]any{"parsed_body", field.name}, schema.CodeType, "file", schema.MsgFile)
			continue
		}
		if slices.ContainsFunc(sent, func(h *multipart.FileHeader) bool { return !utf8.ValidString(h.Filename) }) {
			issues.Add([]any{"parsed_body", field.name}, schema.CodeUTF8, nil, schema.MsgUTF8)
			continue
		}
		switch field.kind {
		case manyFiles:
			files := make([]File, len(sent))
			for i, header := range sent {
				files[i] = File{header}
			}
			*(*[]File)(at) = files
		case maybeFile:
			if len(sent) > 0 {
				*(**File)(at) = &File{sent[len(sent)-1]}
			}
		default:
			if len(sent) == 0 {
				issues.Add([]any{"parsed_body", field.name}, schema.CodeRequired, nil, schema.MsgRequired)
				continue
			}
			*(*File)(at) = File{sent[len(sent)-1]}
		}
	}
}

// documentFiles adds the files to the schema of a form (OpenAPI 3.2 §4.14.3).
func (p *Plan) documentFiles(s *openapi.Schema) {
	for _, field := range p.files {
		file := &openapi.Schema{Type: "string", ContentMediaType: "application/octet-stream", Description: field.doc}
		if field.kind == manyFiles {
			file.Description = ""
			file = &openapi.Schema{Type: "array", Items: file, Description: field.doc}
		}
		s.Properties = append(s.Properties, openapi.Property{Name: field.name, Schema: file})
		if field.kind == oneFile {
			s.Required = append(s.Required, field.name)
		}
	}
}
