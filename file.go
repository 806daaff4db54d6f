package rest

import (
	"errors"
	"mime/multipart"
	"net/textproto"
	"reflect"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/bind"
	"github.com/go-modern-rest/rest/internal/schema"
)

// File is a file of a multipart form (RFC 7578):
//
//	type Upload struct {
//		Avatar rest.File   `form:"avatar"` // required
//		Banner *rest.File  `form:"banner"` // nil where none was sent
//		Photos []rest.File `form:"photos"` // any number
//	}
//
// Its content is read into memory or a temporary file before the handler is called,
// and removed when the handler returns. The limit of the body is also that of its
// files together. For an upload that is read while it arrives, see [Handle].
type File struct {
	// Filename is the name that the client gave. It is not to be trusted as a path.
	Filename string
	// Header has the headers of the part, Content-Type among them. The client wrote
	// them, and they need not be true.
	Header textproto.MIMEHeader
	// Size is the size in bytes.
	Size int64

	header *multipart.FileHeader
}

// Open returns a reader of the content. It may be called several times, and by
// several goroutines; the caller closes each reader.
func (f File) Open() (multipart.File, error) {
	if f.header == nil {
		return nil, errors.New("rest: the File has no content: it was not received in a request")
	}
	return f.header.Open()
}

// inputTypes tells package bind which types of this package an input may have.
func inputTypes(schemas *schema.Compiler) bind.Types {
	return bind.Types{Schemas: schemas, File: reflect.TypeFor[File](), SetFile: func(file unsafe.Pointer, h *multipart.FileHeader) {
		*(*File)(file) = File{Filename: h.Filename, Header: h.Header, Size: h.Size, header: h}
	}}
}
