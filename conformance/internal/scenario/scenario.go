// Package scenario runs recorded scenarios against a server: requests, and what is
// expected of the replies.
package scenario

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Scenario is a recorded conversation with the server.
type Scenario struct {
	Topic   string
	Name    string
	Tags    []string
	Profile string // empty: main
	Steps   []Step
}

// ID is "topic/name", unique.
func (s *Scenario) ID() string { return s.Topic + "/" + s.Name }

// Has reports whether the scenario has a tag.
func (s *Scenario) Has(tag string) bool { return slices.Contains(s.Tags, tag) }

// Step is a request, or an operation of the runner's own (Op).
type Step struct {
	Label   string
	Request *Request
	Expect  Expect
	Capture map[string]map[string]string
	Op      string
	raw     json.RawMessage // the operation's fields
}

// UnmarshalJSON keeps the fields of operations: they differ for each.
func (s *Step) UnmarshalJSON(data []byte) error {
	var fields struct {
		Label   string
		Request *Request
		Expect  Expect
		Capture json.RawMessage
		Op      string
	}
	if err := decode(data, &fields); err != nil {
		return err
	}
	*s = Step{Label: fields.Label, Request: fields.Request, Expect: fields.Expect, Op: fields.Op, raw: slices.Clone(data)}
	if s.Op == "" && fields.Capture != nil {
		return decode(fields.Capture, &s.Capture)
	}
	return nil
}

func (s *Step) name() string {
	switch {
	case s.Label != "":
		return s.Label
	case s.Op != "":
		return s.Op
	}
	return s.Request.Method + " " + s.Request.Path
}

// Request is sent exactly as it is: no header is added except Host, Content-Length,
// Cookie and, for JSON, Content-Type.
type Request struct {
	Method, Path string
	Headers      [][2]string
	JSON         json.RawMessage
	Body         *string
	Jar          *bool
}

// Expect is what is expected of a reply; see [Session.check].
type Expect struct {
	Status     int
	Headers    map[string]any
	JSON       json.RawMessage
	JSONAt     []json.RawMessage `json:"json_at"`
	Places     []json.RawMessage // of an override: places inside those of JSONAt, and what is expected there instead
	EmptyBody  bool              `json:"empty_body"`
	SetCookies *[]map[string]any `json:"set_cookies"`
	Op         string            // of an override: "differ" instead of "same", or the other way round
}

// Env is what all scenarios share.
type Env struct {
	ResetPath string            `json:"reset_path"`
	Secrets   map[string]string `json:"secrets"`
	RSA       struct{ N, D string }
	Vars      map[string]any
}

// Load reads the scenarios of a folder.
func Load(dir string) ([]Scenario, *Env, error) {
	env := &Env{}
	if err := read(filepath.Join(dir, "_env.json"), env); err != nil {
		return nil, nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, nil, err
	}
	var all []Scenario
	for _, name := range files {
		if strings.HasPrefix(filepath.Base(name), "_") {
			continue
		}
		var file struct {
			Topic     string
			Scenarios []Scenario
		}
		if err := read(name, &file); err != nil {
			return nil, nil, err
		}
		for _, s := range file.Scenarios {
			s.Topic = file.Topic
			all = append(all, s)
		}
	}
	return all, env, nil
}

func read(name string, into any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := decode(data, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// decode keeps numbers as they are written: 1 and 1.0 differ.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(into)
}

// Run plays a scenario against the server at host:port and returns the differences
// of the first step that has some. An override, by the step's number from 1 on,
// replaces parts of what is expected.
func Run(s *Scenario, host string, env *Env, override map[int]Expect) ([]string, error) {
	session := newSession(host, env)
	no := false
	reset, err := session.send(&Request{Method: "POST", Path: env.ResetPath, Jar: &no})
	if err != nil {
		return nil, err
	}
	if reset.status >= 300 {
		return nil, fmt.Errorf("reset failed with %d", reset.status)
	}
	for i := range s.Steps {
		step := &s.Steps[i]
		found, err := session.step(step, override[i+1])
		if err != nil {
			found = append(found, err.Error())
		}
		if len(found) > 0 {
			for j, line := range found {
				found[j] = fmt.Sprintf("step %d (%s): %s", i+1, step.name(), line)
			}
			return found, nil
		}
	}
	return nil, nil
}

// Statuses plays a scenario whatever the replies are, and returns their statuses.
// A step that cannot be played because of an earlier reply ends it.
func Statuses(s *Scenario, host string, env *Env) ([]int, error) {
	session := newSession(host, env)
	no := false
	if _, err := session.send(&Request{Method: "POST", Path: env.ResetPath, Jar: &no}); err != nil {
		return nil, err
	}
	var out []int
	for i := range s.Steps {
		step := &s.Steps[i]
		if step.Op != "" {
			if _, err := session.operate(step); err != nil {
				return out, nil
			}
			continue
		}
		reply, err := session.send(step.Request)
		if err != nil {
			return out, err
		}
		out = append(out, reply.status)
		if session.capture(step.Capture, reply) != nil {
			return out, nil
		}
	}
	return out, nil
}

func (s *Session) step(step *Step, override Expect) ([]string, error) {
	if step.Op != "" {
		instead := *step
		instead.Op = cmp.Or(override.Op, step.Op)
		return s.operate(&instead)
	}
	reply, err := s.send(step.Request)
	if err != nil {
		return nil, err
	}
	expect, err := merge(step.Expect, override)
	if err != nil {
		return nil, err
	}
	if found := s.check(expect, reply); len(found) > 0 {
		return found, nil
	}
	return nil, s.capture(step.Capture, reply)
}

// merge replaces what the override has.
func merge(e, override Expect) (Expect, error) {
	if override.Status != 0 {
		e.Status = override.Status
	}
	if override.Headers != nil {
		headers := map[string]any{}
		for _, from := range []map[string]any{e.Headers, override.Headers} {
			for name, rule := range from {
				headers[name] = rule
			}
		}
		e.Headers = headers
	}
	if override.JSON != nil {
		e.JSON, e.JSONAt, e.EmptyBody = override.JSON, nil, false
	}
	if override.JSONAt != nil {
		e.JSON, e.JSONAt, e.EmptyBody = nil, override.JSONAt, false
	}
	if override.SetCookies != nil {
		e.SetCookies = override.SetCookies
	}
	if override.Places != nil {
		var err error
		if e.JSONAt, err = replacePlaces(e.JSONAt, override.Places); err != nil {
			return e, err
		}
	}
	return e, nil
}

// Join adds another override of the same step, which may have other places of a document, or
// other headers. It reports false if both replace the same.
func (e *Expect) Join(other Expect) bool {
	for name, rule := range other.Headers {
		if _, twice := e.Headers[name]; twice {
			return false
		}
		e.Headers[name] = rule
	}
	e.Places = append(other.Places, e.Places...)
	return (e.Headers != nil) == (other.Headers != nil) && (e.Places != nil) == (other.Places != nil)
}

// replacePlaces replaces what is expected at places inside of those that are listed: a
// pattern of null expects nothing to be there.
func replacePlaces(listed, places []json.RawMessage) ([]json.RawMessage, error) {
	patterns := make([][2]any, len(listed))
	for i, raw := range listed {
		if err := decode(raw, &patterns[i]); err != nil {
			return nil, err
		}
	}
	for _, raw := range places {
		var place [2]any
		if err := decode(raw, &place); err != nil {
			return nil, err
		}
		keys := place[0].([]any)
		found := false
		for i := range patterns {
			outer := patterns[i][0].([]any)
			if len(outer) > len(keys) || !reflect.DeepEqual(outer, keys[:len(outer)]) {
				continue
			}
			found = true
			patterns[i][1] = replaceIn(patterns[i][1], keys[len(outer):], place[1])
		}
		if !found {
			return nil, fmt.Errorf("nothing is expected at %v that could deviate", keys)
		}
	}
	out := make([]json.RawMessage, len(patterns))
	for i := range patterns {
		raw, err := json.Marshal(patterns[i])
		if err != nil {
			return nil, err
		}
		out[i] = raw
	}
	return out, nil
}

// replaceIn returns a pattern of objects with another one at keys.
func replaceIn(pattern any, keys []any, by any) any {
	if len(keys) == 0 {
		return by
	}
	object, _ := pattern.(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	name := fmt.Sprint(keys[0])
	if len(keys) == 1 && by == nil {
		delete(object, name)
		return object
	}
	object[name] = replaceIn(object[name], keys[1:], by)
	return object
}

var errCapture = errors.New("nothing to capture")

// timeNow is in seconds, with fractions.
func timeNow() float64 { return float64(time.Now().UnixNano()) / 1e9 }
