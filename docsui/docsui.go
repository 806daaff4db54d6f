// Package docsui serves Swagger UI for an OpenAPI document. It is embedded, works offline, and has
// a strict Content-Security-Policy. Visitors can log in with it: the browser keeps the cookies
// of a session, the page adds the CSRF token to requests, and tokens are entered under
// Authorize. The page and the document can be behind a session or HTTP Basic. Below the
// operations the page lists the items of streams, which Swagger UI does not show.
//
//	Mounts: []rest.Mount{
//		{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()},
//		{Path: "/docs/", Auth: auth.Public, Handler: docsui.New(docsui.Config{Document: "/openapi.json"})},
//	}
package docsui

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// Version of the Swagger UI that is embedded. It shows OpenAPI 3.2.
const Version = "5.35.0"

// Config of the page. The zero value shows ../openapi.json.
type Config struct {
	// Document is the URL of the OpenAPI document, absolute or relative to the page.
	// Defaults to "../openapi.json". The page links it, and the same URL with ?version=3.1,
	// at which rest.OpenAPI has the document for tools that do not know OpenAPI 3.2.
	Document string
	// Title of the page. Defaults to "API".
	Title string
	// CSRFCookie and CSRFHeader name the cookie and the header of the CSRF token. They default
	// to those of package csrf, csrftoken and X-CSRFToken.
	CSRFCookie, CSRFHeader string
	// Remember keeps what is entered under Authorize in the browser's storage.
	Remember bool
	// Origins are other servers to which the page may send requests, such as
	// "https://api.example.com". Empty: only its own origin.
	Origins []string
}

// The files are embedded one by one, because an embed.FS would copy them.
var (
	//go:embed assets/swagger-ui-bundle.js.gz
	bundle []byte
	//go:embed assets/swagger-ui.css.gz
	style []byte
	//go:embed assets/start.js
	start []byte
	//go:embed assets/index.html
	index string
)

// file is a file that is served. A large one is only embedded in compressed form, and has an ETag
// for each of its two forms (RFC 9110 §8.8.3.3).
type file struct {
	contentType string
	plain, gzip []byte
	id          func() string // of the content; it is computed when the file is first served
}

// contentTypes are fixed because package mime reads the tables of the machine, and a browser does
// not run a script with another type under nosniff.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
}

type handler struct {
	files map[string]*file // by the last segment of the path; "" is the page
	csp   string
}

// New returns the handler of the page, for a mount whose path ends in a slash. It panics if the
// configuration has a mistake.
func New(cfg Config) http.Handler {
	cfg.Document = cmp.Or(cfg.Document, "../openapi.json")
	cfg.Title = cmp.Or(cfg.Title, "API")
	cfg.CSRFCookie = cmp.Or(cfg.CSRFCookie, "csrftoken")
	cfg.CSRFHeader = cmp.Or(cfg.CSRFHeader, "X-CSRFToken")
	connect := "'self'"
	for _, origin := range cfg.Origins {
		if origin == "" || strings.ContainsAny(origin, " ;,'\r\n") {
			panic("docsui: Origins: " + strconv.Quote(origin) + " is not an origin")
		}
		connect += " " + origin
	}
	older, err := url.Parse(cfg.Document)
	if err != nil {
		panic("docsui: Document: " + err.Error())
	}
	query := older.Query()
	query.Set("version", "3.1")
	older.RawQuery = query.Encode()
	page := template.Must(template.New("index.html").Parse(index))
	var html bytes.Buffer
	if err := page.Execute(&html, struct {
		Config
		Older string
	}{cfg, older.String()}); err != nil {
		panic("docsui: " + err.Error())
	}
	return &handler{
		files: map[string]*file{
			"":                     newFile(".html", html.Bytes(), nil),
			"start.js":             newFile(".js", start, nil),
			"swagger-ui-bundle.js": newFile(".js", nil, bundle),
			"swagger-ui.css":       newFile(".css", nil, style),
		},
		// Swagger UI writes style attributes; everything else comes from files here.
		csp: "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src " + connect +
			"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
	}
}

// newFile returns a file that has one of the two forms.
func newFile(extension string, plain, compressed []byte) *file {
	return &file{contentType: contentTypes[extension], plain: plain, gzip: compressed, id: sync.OnceValue(func() string {
		hash := sha256.New()
		hash.Write(plain)
		hash.Write(compressed)
		return base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:12])
	})}
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
	f.serve(w, r)
}

// serve replies with the form that the client accepts, or with 304.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	packed := f.gzip != nil && acceptsGzip(r.Header.Get("Accept-Encoding"))
	body, etag := f.plain, `"`+f.id()+`"`
	if packed {
		body, etag = f.gzip, `"`+f.id()+`.gzip"`
	}
	if f.gzip != nil {
		header.Set("Vary", "Accept-Encoding")
	}
	header.Set("ETag", etag)
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if body == nil {
		var err error
		if body, err = unpack(f.gzip); err != nil {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
	}
	if packed {
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

// acceptsGzip reports whether a client accepts gzip, as browsers do. A client that sends weights
// gets the plain form.
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
