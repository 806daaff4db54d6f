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

// fileField is a field of the input for files.
type fileField struct {
	name, doc string
	shape     fileShape
	typ       reflect.Type // of one file
	set       func(file unsafe.Pointer, header *multipart.FileHeader)
	offset    uintptr
}

// fileShape is how many files a field takes.
type fileShape uint8

const (
	oneFile   fileShape = iota + 1
	maybeFile           // a pointer
	manyFiles           // a slice
)

// fileShape returns the shape of a type, which is 0 for a type that is not a file.
func (c *Types) fileShape(t reflect.Type) fileShape {
	switch {
	case c.File == nil:
		return 0
	case t == c.File:
		return oneFile
	case t == reflect.PointerTo(c.File):
		return maybeFile
	case t == reflect.SliceOf(c.File):
		return manyFiles
	}
	return 0
}

// file adds a field for files.
func (p *Plan) file(c Types, f reflect.StructField, shape fileShape, source string, offset uintptr) error {
	name := f.Tag.Get(source)
	switch {
	case source != "form":
		return fmt.Errorf("a file is a part of a form; tag it form instead of %s", source)
	case name == "":
		return fmt.Errorf("the tag %s names nothing", source)
	}
	p.files = append(p.files, fileField{name, f.Tag.Get("doc"), shape, c.File, c.SetFile, offset})
	return schema.TagError(f.Tag, "doc")
}

// HasFiles reports whether the input has fields for files. If so, the caller of Bind must
// remove the temporary files of the request's MultipartForm when the handler has returned.
func (p *Plan) HasFiles() bool { return len(p.files) > 0 }

// bindFiles sets the fields for files. A text with the name of a file is an issue, unless
// it is empty: browsers send that for an input where no file was chosen.
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
		if len(sent) == 0 && field.shape == oneFile {
			issues.Add([]any{"parsed_body", field.name}, schema.CodeRequired, nil, schema.MsgRequired)
			continue
		}
		field.fill(at, sent)
	}
}

// fill sets a field. For a field that takes one file the last one counts.
func (field *fileField) fill(at unsafe.Pointer, sent []*multipart.FileHeader) {
	switch field.shape {
	case manyFiles:
		files := reflect.MakeSlice(reflect.SliceOf(field.typ), len(sent), len(sent))
		for i, header := range sent {
			field.set(files.Index(i).Addr().UnsafePointer(), header)
		}
		reflect.NewAt(files.Type(), at).Elem().Set(files)
	case maybeFile:
		if len(sent) > 0 {
			file := reflect.New(field.typ)
			field.set(file.UnsafePointer(), sent[len(sent)-1])
			reflect.NewAt(file.Type(), at).Elem().Set(file)
		}
	default:
		field.set(at, sent[len(sent)-1])
	}
}

// documentFiles adds the files to the schema of a form (OpenAPI 3.2 §4.14.3).
func (p *Plan) documentFiles(s *openapi.Schema, c *schema.Components) {
	for _, field := range p.files {
		file := &openapi.Schema{Type: "string", ContentMediaType: "application/octet-stream", Description: field.doc}
		if !c.Plain {
			file.Format = "binary" // as in OpenAPI 3.0, for generators
		}
		if field.shape == manyFiles {
			file.Description = ""
			file = &openapi.Schema{Type: "array", Items: file, Description: field.doc}
		}
		s.Properties = append(s.Properties, openapi.Property{Name: field.name, Schema: file})
		if field.shape == oneFile {
			s.Required = append(s.Required, field.name)
		}
	}
}
