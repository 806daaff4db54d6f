package rest

import "github.com/go-modern-rest/rest/internal/bind"

// File is a file of a multipart form (RFC 7578): Filename as the client called it,
// which is not to be trusted as a path, Header with its Content-Type, Size in
// bytes, and Open. It is gone when the handler returns; the limit of the body,
// [Settings].MaxBody, is also that of its files.
//
//	type Upload struct {
//		Avatar rest.File   `form:"avatar"` // required
//		Banner *rest.File  `form:"banner"` // nil: not sent
//		Photos []rest.File `form:"photos"` // any number
//	}
type File = bind.File
