package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/openapi"
)

// documentHandler serves one document: GET and HEAD, with an ETag.
type documentHandler struct {
	body []byte
	etag string
}

func newDocumentHandler(doc *openapi.Document) http.Handler {
	body, err := doc.JSON()
	if err != nil {
		panic("rest: the OpenAPI document does not encode: " + err.Error())
	}
	sum := sha256.Sum256(body)
	return &documentHandler{body: body, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`}
}

// ServeHTTP implements http.Handler.
func (d *documentHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	h.Set("ETag", d.etag)
	h.Set("Cache-Control", "no-cache") // ask again each time; the answer is mostly a 304
	if match := r.Header.Get("If-None-Match"); match != "" && (match == "*" || strings.Contains(match, d.etag)) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", mediaJSON)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(d.body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(d.body)
	}
}
