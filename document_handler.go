package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/internal/negotiate"
	"github.com/go-modern-rest/rest/openapi"
)

// OpenAPI returns the Handler of a [Mount] that serves the API's own document, with an
// ETag. Codecs are the media types that a client may ask for in Accept, the first one
// where it asks for none of them. Without codecs it is JSON.
//
//	Mounts: []rest.Mount{{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()}}
func OpenAPI(codecs ...Codec) http.Handler { return &mountedDocument{codecs: codecs} }

// mountedDocument is the place of the document in the tree. New mounts a copy that has
// the handler.
type mountedDocument struct {
	codecs  []Codec
	handler http.Handler
}

// ServeHTTP implements http.Handler.
func (m *mountedDocument) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m.handler == nil {
		panic("rest: OpenAPI() is for a Mount; elsewhere use the method OpenAPI of an API")
	}
	m.handler.ServeHTTP(w, r)
}

// documentHandler serves one document: GET and HEAD, with an ETag for each media
// type.
type documentHandler struct {
	offers []string
	forms  []documentForm
}

type documentForm struct {
	body []byte
	etag string
}

func newDocumentHandler(doc *openapi.Document, codecs []Codec) (http.Handler, error) {
	text, err := doc.JSON()
	if err != nil {
		return nil, err
	}
	if len(codecs) == 0 {
		codecs = []Codec{{MediaType: mediaJSON}}
	}
	d := &documentHandler{}
	for _, codec := range codecs {
		body := text
		if codec.FromJSON != nil {
			if body, err = codec.FromJSON(text); err != nil {
				return nil, fmt.Errorf("rest: the OpenAPI document as %s: %w", codec.MediaType, err)
			}
		}
		sum := sha256.Sum256(body)
		d.offers = append(d.offers, codec.MediaType)
		d.forms = append(d.forms, documentForm{body, `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`})
	}
	return d, nil
}

// ServeHTTP implements http.Handler. A client that accepts none of the media types
// gets the first one: better a document than a 406 that explains nothing.
func (d *documentHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	at := max(0, negotiate.Accept(r.Header["Accept"], d.offers))
	form := d.forms[at]
	if len(d.offers) > 1 {
		h.Add("Vary", "Accept")
	}
	h.Set("ETag", form.etag)
	h.Set("Cache-Control", "no-cache") // ask again each time; the answer is mostly a 304
	if match := r.Header.Get("If-None-Match"); match != "" && (match == "*" || strings.Contains(match, form.etag)) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", d.offers[at])
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(form.body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(form.body)
	}
}
