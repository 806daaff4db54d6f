package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/schema"
)

const (
	// maxErrorReply is how many bytes the body of an error reply has at most, as it
	// is sent. A client must not get much more out of the server than it puts in.
	maxErrorReply = 16 << 10
	// minErrorReply is where the search for a body that fits ends.
	minErrorReply = 512
	// moreRoom is kept for the mistake that says that there are more.
	moreRoom = 256
	// maxLocSteps is how many steps of a location are shown where it does not fit.
	maxLocSteps = 2 * schema.DefaultMaxDepth
)

// appendError writes an error as an ErrorModel of at most limit bytes.
func appendError(dst []byte, api *API, lang int, e *Error, limit int) []byte {
	details := e.listed()
	start := len(dst)
	dst = append(dst, `{"detail":[`...)
	end := len(dst) // up to here there is room for more
	for i := range details {
		if i > 0 {
			dst = append(dst, ',')
		}
		d := api.detail(lang, &details[i])
		dst = mustAppend(api.detailNode, dst, &d)
		switch size := len(dst) - start; {
		case size+moreRoom <= limit:
			end = len(dst)
		case i == len(details)-1 && size+len("]}") <= limit:
		case i == 0:
			cutDetail(api, &d, limit-moreRoom-len(`{"detail":[`))
			dst = mustAppend(api.detailNode, dst[:end], &d)
			end = len(dst)
			if len(details) == 1 {
				break
			}
			fallthrough
		default:
			more := api.detail(lang, &moreMistakes)
			return append(mustAppend(api.detailNode, append(dst[:end], ','), &more), "]}"...)
		}
	}
	return append(dst, "]}"...)
}

// cutDetail cuts one mistake to at most limit bytes, as they are written.
func cutDetail(api *API, d *ErrorDetail, limit int) {
	d.Type = message.Quote(d.Type)
	if len(d.Loc) > maxLocSteps {
		d.Loc = d.Loc[:maxLocSteps]
	}
	for i := range d.Loc {
		if text, ok := d.Loc[i].step.(string); ok {
			d.Loc[i].step = message.Quote(text)
		}
	}
	for n := min(len(d.Msg), limit); len(mustAppend(api.detailNode, nil, d)) > limit; n /= 2 {
		switch d.Msg = message.Cut(d.Msg, n); {
		case n > 0:
		case len(d.Loc) > 0:
			d.Loc = d.Loc[:len(d.Loc)/2]
		default:
			return
		}
	}
}

func (a *API) detail(lang int, d *Detail) ErrorDetail {
	return ErrorDetail{Msg: a.languages.text(lang, d), Type: d.Code, Loc: locValues(d.Loc)}
}

// appendProblem writes an error as a problem of at most limit bytes. Its detail
// joins the mistakes.
func appendProblem(dst []byte, api *API, lang int, e *Error, limit int) []byte {
	details := e.listed()
	texts := make([]string, len(details))
	for i := range details {
		texts[i] = api.languages.text(lang, &details[i])
	}
	model := ProblemDetailsModel{Detail: strings.Join(texts, "; "), Status: e.status(), Type: details[0].Code}
	out := mustAppend(api.problem, dst, &model)
	if len(out)-len(dst) <= limit {
		return out
	}
	model.Type = message.Quote(model.Type)
	written := func(text string) int {
		return len(mustAppend(api.problem, nil, &ProblemDetailsModel{Detail: text}))
	}
	more := api.languages.text(lang, &moreMistakes)
	kept, size := 0, len(mustAppend(api.problem, nil, &model))-written(model.Detail)+written(more)
	for kept < len(texts) && size+written(texts[kept]) <= limit {
		size += written(texts[kept])
		kept++
	}
	if kept == 0 {
		kept = 1
		for n := limit / 2; n > 0 && size+written(texts[0]) > limit; n /= 2 {
			texts[0] = message.Cut(texts[0], n)
		}
	}
	if texts = texts[:kept]; len(details) > 1 {
		texts = append(slices.Clip(texts), more)
	}
	model.Detail = strings.Join(texts, "; ")
	return mustAppend(api.problem, dst, &model)
}

// moreMistakes is the last of the mistakes that a reply lists where it leaves some out.
var moreMistakes = Detail{Code: valueError, text: message.New(schema.MsgMore)}

// listed are the details that a reply shows.
func (e *Error) listed() []Detail {
	details := e.details()
	if e.more {
		details = append(details[:len(details):len(details)], moreMistakes)
	}
	return details
}

// details are the mistakes, at least one.
func (e *Error) details() []Detail {
	if len(e.Details) > 0 {
		return e.Details
	}
	d := Detail{Msg: e.Msg, Code: e.Code, Loc: e.Loc}
	if d.Msg == "" {
		d.text = message.New(http.StatusText(e.status()))
	}
	return []Detail{d}
}
