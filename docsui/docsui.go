// Package docsui serves Swagger UI for an OpenAPI document: embedded, offline,
// under a strict Content-Security-Policy. Logging in through it works: the cookies
// of a session are the browser's, the CSRF token is added to requests as the
// site's own pages would, and tokens are entered under Authorize.
//
//	Mounts: []rest.Mount{
//		{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()},
//		{Path: "/docs/", Auth: auth.Public, Handler: docsui.New(docsui.Config{Document: "/openapi.json"})},
//	}
package docsui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"io"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Version of the Swagger UI that is embedded. It shows OpenAPI 3.2.
const Version = "5.35.0"

// Config of the page. The zero value shows ../openapi.json.
type Config struct {
	// Document is the URL of the OpenAPI document, absolute or relative to the page.
	// Defaults to "../openapi.json".
	Document string
	// Title of the page. Defaults to "API".
	Title string
	// CSRFCookie and CSRFHeader carry the token of requests with an unsafe method.
	// They default to csrftoken and X-CSRFToken, those of package csrf.
	CSRFCookie, CSRFHeader string
	// Remember keeps what is entered under Authorize in the browser's storage.
	Remember bool
	// Origins are further servers that the page may send requests to, such as
	// "https://api.example.com". Empty: its own origin only.
	Origins []string
}

//go:embed assets/swagger-ui-bundle.js.gz assets/swagger-ui.css.gz assets/start.js assets/index.html
var assets embed.FS

// file is one thing that is served, compressed at start or before.
type file struct {
	contentType string
	plain, gzip []byte
	etag        string
}

type handler struct {
	files map[string]*file // by the last segment of the path; "" is the page
	csp   string
}

// New returns the handler of the page. It answers for the path it is mounted at,
// which ends in a slash, and needs no other. A mistake in the configuration panics.
func New(cfg Config) http.Handler {
	setDefault(&cfg.Document, "../openapi.json")
	setDefault(&cfg.Title, "API")
	setDefault(&cfg.CSRFCookie, "csrftoken")
	setDefault(&cfg.CSRFHeader, "X-CSRFToken")
	connect := "'self'"
	for _, origin := range cfg.Origins {
		if origin == "" || strings.ContainsAny(origin, " ;,'\r\n") {
			panic("docsui: Origins: " + strconv.Quote(origin) + " is not an origin")
		}
		connect += " " + origin
	}
	page := template.Must(template.ParseFS(assets, "assets/index.html"))
	var html bytes.Buffer
	if err := page.Execute(&html, cfg); err != nil {
		panic("docsui: " + err.Error())
	}
	h := &handler{
		files: map[string]*file{"": newFile("index.html", html.Bytes(), nil)},
		// Swagger UI writes style attributes; everything else comes from files here.
		csp: "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src " + connect +
			"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
	for _, name := range []string{"swagger-ui-bundle.js.gz", "swagger-ui.css.gz", "start.js"} {
		data, err := assets.ReadFile("assets/" + name)
		if err != nil {
			panic("docsui: " + err.Error())
		}
		if name, compressed := strings.CutSuffix(name, ".gz"); compressed {
			h.files[name] = newFile(name, nil, data)
		} else {
			h.files[name] = newFile(name, data, nil)
		}
	}
	return h
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func newFile(name string, plain, compressed []byte) *file {
	sum := sha256.Sum256(append(append([]byte(nil), plain...), compressed...))
	return &file{
		contentType: mime.TypeByExtension(path.Ext(name)), plain: plain, gzip: compressed,
		etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
	}
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	f := h.files[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
	switch {
	case f == nil:
		http.NotFound(w, r)
		return
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	header.Set("Content-Security-Policy", h.csp)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cache-Control", "no-cache") // small questions, mostly 304
	header.Set("ETag", f.etag)
	if strings.Contains(r.Header.Get("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", f.contentType)
	if f.gzip == nil {
		f.write(w, r, f.plain)
		return
	}
	header.Set("Vary", "Accept-Encoding")
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		f.write(w, r, f.gzip)
		return
	}
	plain, err := unpack(f.gzip)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	f.write(w, r, plain)
}

func (f *file) write(w http.ResponseWriter, r *http.Request, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

// acceptsGzip is for browsers: whoever weighs encodings gets the plain one.
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		if strings.TrimSpace(part) == "gzip" {
			return true
		}
	}
	return false
}

func unpack(data []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
