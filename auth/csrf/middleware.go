package csrf

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/go-modern-rest/rest/auth"
)

const (
	// formField is the field of Django's forms with the token.
	formField = "csrfmiddlewaretoken"
	// maxForm is how many bytes of a form are searched for the token. Django's templates put
	// it first.
	maxForm = 64 << 10
)

// Middleware protects plain handlers, as Django's middleware does. It reads the token from the
// header, and from the field csrfmiddlewaretoken of a posted form if that is in the first
// 64 KiB of the body. The handler still reads the whole body. A refusal is answered in JSON,
// as that of [auth.Require].
func (p *Protection) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		if err := p.checkForm(r); err != nil {
			(*auth.Guard)(nil).Refuse(w, r, err) // a CSRF check has no challenge
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkForm is [Protection.Check] that also accepts the token of a form.
func (p *Protection) checkForm(r *http.Request) error {
	if p.err != nil {
		return p.err // a Middleware has no Declare, which would report it
	}
	if safe(r.Method) {
		return p.checkUpgrade(r)
	}
	token := ""
	if r.Method == http.MethodPost {
		token = peekForm(r)
	}
	return p.check(r, token)
}

// peekForm returns the token of a form, and an empty text if there is none. It reads the
// beginning of the body and puts it back. If the body cannot be read, the handler gets the
// error.
func peekForm(r *http.Request) string {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || r.Body == nil || kind != "application/x-www-form-urlencoded" && kind != "multipart/form-data" {
		return ""
	}
	head, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = body{io.MultiReader(bytes.NewReader(head), rest), r.Body}
	if kind == "multipart/form-data" {
		return multipartToken(head, params["boundary"])
	}
	if len(head) == maxForm { // the last pair may be cut
		head = head[:max(0, bytes.LastIndexByte(head, '&'))]
	}
	values, _ := url.ParseQuery(string(head)) // has the good pairs even with an error
	return last(values[formField])
}

// body is a request body whose beginning was put back.
type body struct {
	io.Reader
	io.Closer
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func multipartToken(head []byte, boundary string) string {
	token := ""
	if boundary == "" {
		return token
	}
	parts := multipart.NewReader(bytes.NewReader(head), boundary)
	for {
		part, err := parts.NextPart()
		if err != nil {
			return token // the end of the form, or of what is looked at
		}
		if part.FormName() != formField || part.FileName() != "" {
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, tokenLength+1))
		if err != nil {
			return token
		}
		token = string(value)
	}
}

// last returns the last value, and an empty text if there is none (QueryDict.get).
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
