package resttest

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/openapi"
)

// Documented fails the test if the reply is not one that the document describes: its
// operation, status, media type, required headers and, if it is JSON, its body. It returns
// the reply. Formats are not checked, and nothing of a reply that a plain handler wrote.
//
//	client.Get("/notes/1/").Documented(api.Document())
func (r *Reply) Documented(document *openapi.Document) *Reply {
	r.t.Helper()
	for _, problem := range r.undocumented(document) {
		r.t.Errorf("%s %s, %d: %s", r.method, r.path, r.Status, problem)
	}
	return r
}

// undocumented lists what the document does not say of the reply.
func (r *Reply) undocumented(document *openapi.Document) []string {
	method, path, _ := strings.Cut(r.pattern, " ")
	item := document.Paths[path]
	if item == nil || item.Operation(method) == nil {
		return []string{"the document has no operation for the pattern " + strconv.Quote(r.pattern)}
	}
	text, err := json.Marshal(document)
	if err != nil {
		return []string{"the document cannot be written: " + err.Error()}
	}
	root := parse(text)
	operation := member(member(member(root, "paths"), path), strings.ToLower(method))
	responses := member(operation, "responses")
	response, ok := responses.(map[string]any)[strconv.Itoa(r.Status)]
	if !ok {
		if response, ok = responses.(map[string]any)["default"]; !ok {
			return []string{"the document does not have this status"}
		}
		if member(response, "content") == nil { // the handler writes the reply
			return nil
		}
	}
	v := &validator{root: root}
	response = v.resolve(response)
	var problems []string
	headers, _ := member(response, "headers").(map[string]any)
	for name, header := range headers {
		if member(v.resolve(header), "required") == true && len(r.Header.Values(name)) == 0 {
			problems = append(problems, "the header "+name+" is missing")
		}
	}
	slices.Sort(problems)
	return append(problems, r.wrongBody(v, response)...)
}

// wrongBody compares the body with the content of a response.
func (r *Reply) wrongBody(v *validator, response any) []string {
	content, _ := member(response, "content").(map[string]any)
	if len(content) == 0 || r.method == http.MethodHead {
		if len(r.Body) > 0 {
			return []string{"the document has no body here"}
		}
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return []string{"the Content-Type " + strconv.Quote(r.Header.Get("Content-Type")) + " cannot be read"}
	}
	described, ok := contentOf(content, kind, params)
	if !ok {
		return []string{"the document does not have the media type " + mime.FormatMediaType(kind, params)}
	}
	schema := member(described, "schema")
	if schema == nil || kind != "application/json" && !strings.HasSuffix(kind, "+json") {
		return nil
	}
	if !json.Valid(r.Body) {
		return []string{"the body is not JSON"}
	}
	v.check(schema, parse(r.Body), "")
	return v.problems
}

// contentOf returns what the content of a response says of a media type: of the type with
// the same parameters, or else without any, or of a range.
func contentOf(content map[string]any, kind string, params map[string]string) (described any, ok bool) {
	for name, described := range content {
		if named, also, err := mime.ParseMediaType(name); err == nil && len(also) > 0 && named == kind && maps.Equal(also, params) {
			return described, true
		}
	}
	major, _, _ := strings.Cut(kind, "/")
	for _, name := range []string{kind, major + "/*", "*/*"} {
		if described, ok = content[name]; ok {
			return described, true
		}
	}
	return nil, false
}

// parse reads valid JSON. Numbers keep their text.
func parse(text []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil
	}
	return value
}

// member returns a member of an object, and nil if there is none.
func member(object any, name string) any {
	members, _ := object.(map[string]any)
	return members[name]
}
