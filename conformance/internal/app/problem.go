package app

import (
	"context"
	"strings"

	"github.com/go-modern-rest/rest"
)

// ProblemDetailsModel is the problem of django-modern-rest, which is older than
// [rest.Problem] and joins all mistakes in its detail.
type ProblemDetailsModel struct {
	_        struct{} `doc:"A problem, see RFC 9457."`
	Detail   string   `json:"detail,omitempty"`
	Status   int      `json:"status,omitempty"`
	Type     string   `json:"type,omitempty"`
	Title    string   `json:"title,omitempty"`
	Instance string   `json:"instance,omitempty"`
}

var problem = rest.ErrorBody(func(_ context.Context, e *rest.Error) ProblemDetailsModel {
	texts := make([]string, len(e.Details))
	for i, d := range e.Details {
		texts[i] = d.Msg
	}
	if len(texts) == 0 {
		texts = []string{e.Msg}
	}
	return ProblemDetailsModel{Detail: strings.Join(texts, "; "), Status: e.Status, Type: e.DMRType()}
})
