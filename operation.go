package rest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// served is what an operation's replies need, made at start.
type served struct {
	id          string
	mediaTypes  []string
	contentType [][]string // of codecs
	offers      string     // media types, for messages
	statuses    string     // declared statuses, for messages
	vary        []string
	challenge   []string // WWW-Authenticate
	denied      [][]byte // the body of a plain 401 in each language; nil: not plain
	deniedLen   [][]string
}

var noStore = []string{"no-store"}

func (op *operation) serve(api *API) {
	s := &op.served
	for _, codec := range op.codecs {
		s.mediaTypes = append(s.mediaTypes, codec.MediaType)
		s.contentType = append(s.contentType, []string{codec.MediaType})
	}
	s.offers = strings.Join(s.mediaTypes, ", ")
	statuses := []int{op.status}
	for status := range op.declared {
		statuses = append(statuses, status)
	}
	slices.Sort(statuses)
	names := make([]string, len(statuses))
	for i, status := range statuses {
		names[i] = strconv.Itoa(status)
	}
	s.statuses = strings.Join(names, ", ")
	var vary []string
	if api.languages.negotiated() {
		vary = append(vary, "Accept-Language")
	}
	if len(op.codecs) > 1 {
		vary = append(vary, "Accept")
	}
	if op.guard != nil {
		vary = append(vary, op.guard.Declaration().Vary...)
		if challenge := op.guard.Challenge(); challenge != "" {
			s.challenge = []string{challenge}
		}
	}
	if len(vary) > 0 {
		s.vary = []string{strings.Join(vary, ", ")}
	}
	if op.guard != nil && len(op.mapErrors) == 0 && op.errors == Details && op.codecs[0].FromJSON == nil {
		for lang := range api.languages.tags {
			body := appendError(nil, api, lang, newError(http.StatusUnauthorized, "security", msgNotAuthenticated), maxErrorReply)
			s.denied = append(s.denied, body)
			s.deniedLen = append(s.deniedLen, []string{strconv.Itoa(len(body))})
		}
	}
}
