package rest

import (
	"cmp"
	"context"
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
// ETag. A client gets OpenAPI 3.1 with ?version=3.1 and 3.2 with ?version=3.2; without the
// parameter it gets the version of Settings.OpenAPI. Codecs are the media types that a
// client may ask for in Accept, the first one where it asks for none of them. Without
// codecs it is JSON.
//
// If Settings.Servers is empty, the document has the URL of the API, relative to the place
// of the document, so it is right behind any host or prefix. Middleware goes around the API,
// not around this handler, which New must recognize.
//
//	Mounts: []rest.Mount{{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()}}
func OpenAPI(codecs ...Codec) http.Handler { return &mountedDocument{codecs: codecs} }

// mountedDocument is the place of the document in the tree. New mounts a copy that has
// the handler.
type mountedDocument struct {
	codecs  []Codec
	path    string
	handler *documentHandler
}

// ServeHTTP implements http.Handler.
func (m *mountedDocument) ServeHTTP(http.ResponseWriter, *http.Request) {
	panic("rest: OpenAPI() must be the Handler of a Mount itself, without middleware around it; elsewhere use the method OpenAPI of an API")
}

// documentRequest is what the endpoint of a document reads.
type documentRequest struct {
	Request *http.Request
	Version *string `query:"version" enum:"3.1,3.2"`
}

// endpoint serves the document. Its input refuses unknown versions.
func (m *mountedDocument) endpoint() *Endpoint {
	return Handle(func(_ context.Context, in documentRequest) (http.Handler, error) {
		if in.Version != nil {
			return m.handler.versions[*in.Version], nil
		}
		return m.handler, nil
	})
}

// server returns the URL of the API relative to that of the document.
func (m *mountedDocument) server() string {
	if depth := strings.Count(m.path, "/") - 1; depth > 0 {
		return strings.TrimSuffix(strings.Repeat("../", depth), "/")
	}
	return "."
}

// documentHandler serves one document: GET and HEAD, with an ETag for each media
// type.
type documentHandler struct {
	offers   []string
	forms    []documentForm
	versions map[string]*documentHandler // "3.1" and "3.2"
}

type documentForm struct {
	body []byte
	etag string
}

// handler makes the handler of the document in each version.
func (a *API) handler(codecs []Codec, server string) (*documentHandler, error) {
	doc, err := a.document()
	if err != nil {
		return nil, err
	}
	if server != "" && len(doc.Servers) == 0 && !a.settings.Compat.Document {
		located := *doc
		located.Servers = []openapi.Server{{URL: server}}
		doc = &located
	}
	if len(codecs) == 0 {
		codecs = []Codec{{MediaType: mediaJSON}}
	}
	usual := cmp.Or(a.settings.OpenAPI, defaultVersion)
	versions := map[string]*documentHandler{}
	for short, version := range map[string]string{"3.1": "3.1.1", "3.2": defaultVersion} {
		if strings.HasPrefix(usual, short+".") {
			version = usual
		}
		if versions[short], err = newDocumentHandler(doc, version, codecs); err != nil {
			return nil, err
		}
	}
	h := *versions[usual[:len("3.2")]]
	h.versions = versions
	return &h, nil
}

func newDocumentHandler(doc *openapi.Document, version string, codecs []Codec) (*documentHandler, error) {
	doc, err := doc.Version(version)
	if err != nil {
		return nil, err
	}
	text, err := doc.JSON()
	if err != nil {
		return nil, err
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
	if query := r.URL.Query(); d.versions != nil && query.Has("version") {
		chosen, ok := d.versions[query.Get("version")]
		if !ok {
			http.Error(w, "The version of the document is 3.1 or 3.2", http.StatusBadRequest)
			return
		}
		d = chosen
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
