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
	// formField is where Django's templates put the token.
	formField = "csrfmiddlewaretoken"
	// maxForm bounds how much of a form is looked at, in bytes. Django's templates
	// put the token first.
	maxForm = 64 << 10
)

// Middleware protects plain handlers, in front of routing, as Django's does.
// Besides the header it reads the token from the field csrfmiddlewaretoken of a
// form that is posted, if that is within the first 64 KiB of the body; the handler
// reads the body as if nobody had. A refusal is answered in JSON, like
// [auth.Require]'s.
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

// checkForm is Check with the token of a form, too.
func (p *Protection) checkForm(r *http.Request) error {
	if p.err != nil {
		return p.err // nothing else would tell: a Middleware is not declared anywhere
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

// peekForm returns the token of a form; empty if there is none. It reads the
// beginning of the body and puts it back. A body that cannot be read is the
// handler's to find out.
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

// body is a request body whose beginning was read and put back.
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

// last is QueryDict.get: the last value, empty if there is none.
func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
