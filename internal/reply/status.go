package reply

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

func (p *Plan) addStatus(f reflect.StructField, at uintptr) error {
	if p.statuses != nil {
		return errors.New("the output has a second status field")
	}
	if f.Type != reflect.TypeFor[int]() {
		return fmt.Errorf("a status is an int, not a %v", f.Type)
	}
	for text := range strings.SplitSeq(f.Tag.Get("status"), ",") {
		status, err := strconv.Atoi(text)
		switch {
		case err != nil || status < 200 || status > 399:
			return fmt.Errorf("the tag status has %q; want statuses from 200 to 399, such as \"200,201\"; errors are declared in Errors", text)
		case slices.Contains(p.statuses, status):
			return fmt.Errorf("the tag status has %d twice", status)
		}
		p.statuses = append(p.statuses, status)
	}
	p.statusAt = at
	return schema.TagError(f.Tag)
}

// Statuses returns the statuses that the status field may have, the default first. It is
// empty if the output has no such field.
func (p *Plan) Statuses() []int { return p.statuses }

// Status returns the status that a result asks for: zero if the output has no status
// field. It reports false if the tag does not list the status.
func (p *Plan) Status(value unsafe.Pointer) (status int, ok bool) {
	if p.statuses == nil {
		return 0, true
	}
	status = *(*int)(unsafe.Add(value, p.statusAt))
	if status == 0 {
		return p.statuses[0], true
	}
	return status, slices.Contains(p.statuses, status)
}

func (p *Plan) neverHasBody() bool {
	return len(p.statuses) > 0 && !slices.ContainsFunc(p.statuses, func(status int) bool { return !HasNoBody(status) })
}

// CheckStatuses finds mistakes in the statuses that an operation with this output answers
// with: those of the status field, or the given one.
func (p *Plan) CheckStatuses(method string, statuses []int) error {
	var errs []error
	without := 0
	for _, status := range statuses {
		if HasNoBody(status) {
			without++
		}
		switch {
		case status == http.StatusNotModified && method != http.MethodGet && method != http.MethodHead:
			errs = append(errs, fmt.Errorf("the status 304 is only for replies to GET and HEAD, not to %s", method))
		case p.Body.Kind == Content && (status == http.StatusPartialContent || status == http.StatusNotModified):
			errs = append(errs, fmt.Errorf("rest.Content answers with the status %d by itself; remove it", status))
		}
	}
	if p.statuses == nil && p.Body.Kind != None && without == len(statuses) {
		errs = append(errs, fmt.Errorf("a reply with the status %d has no body; return rest.None, or an output without a body", statuses[0]))
	}
	return errors.Join(errs...)
}
