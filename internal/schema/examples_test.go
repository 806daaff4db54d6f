package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/schema"
	"github.com/go-modern-rest/rest/openapi"
)

type color string

func (color) JSONSchema() openapi.Schema {
	return openapi.Schema{Type: "string", Examples: []json.RawMessage{json.RawMessage(`"red"`)}}
}

type odd int

func (odd) JSONSchema() openapi.Schema {
	return openapi.Schema{Type: "integer", Examples: []json.RawMessage{json.RawMessage(`"one"`)}}
}

type branch struct {
	Name  string   `json:"name" example:"root"`
	Below []branch `json:"below"`
}

// TestExamples checks what is put together from the examples of members, for requests and
// for replies.
func TestExamples(t *testing.T) {
	type part struct {
		Title string `json:"title" example:"Milk"`
		Note  string `json:"note" default:""`
	}
	for name, test := range map[string]struct {
		value         any
		input, output string
	}{
		"all members": {struct {
			Title string `json:"title" example:"Milk"`
			Count int    `json:"count" example:"3"`
		}{}, `{"title":"Milk","count":3}`, `{"title":"Milk","count":3}`},
		"one without": {struct {
			Title string `json:"title" example:"Milk"`
			Count int    `json:"count"`
		}{}, "", ""},
		"optional members": {struct {
			Title string           `json:"title" example:"Milk"`
			Count *int             `json:"count"`
			Size  *int             `json:"size" example:"4"`
			Maybe optional[string] `json:"maybe"`
			Empty int              `json:"empty,omitempty"`
		}{}, `{"title":"Milk","size":4}`, `{"title":"Milk","count":null,"size":4}`},
		"a default": {part{}, `{"title":"Milk"}`, ""},
		"read and write": {struct {
			ID     int    `json:"id" readOnly:"true" example:"7"`
			Secret string `json:"secret" writeOnly:"true" example:"s"`
		}{}, `{"secret":"s"}`, `{"id":7}`},
		"nested": {struct {
			Part struct {
				Day string `json:"day" format:"date" example:"2026-01-31"`
			} `json:"part"`
			Parts []part   `json:"parts" minItems:"2"`
			Pair  [2]color `json:"pair"`
			Words []string `json:"words" items.example:"a"`
		}{}, `{"part":{"day":"2026-01-31"},"parts":[{"title":"Milk"},{"title":"Milk"}],"pair":["red","red"],"words":["a"]}`, ""},
		"unique": {struct {
			Words []string `json:"words" items.example:"a" minItems:"2" uniqueItems:"true"`
		}{}, "", ""},
		"no items": {struct {
			Words []string `json:"words" items.example:"a" maxItems:"0"`
		}{}, "", ""},
		"contains itself": {branch{}, `{"name":"root","below":[]}`, `{"name":"root","below":[]}`},
		"no examples":     {struct{ A *int }{}, "", ""},
		"a map":           {map[string]color{}, "", ""},
	} {
		v := &schema.Value{Node: node(t, test.value)}
		c := schema.NewComponents()
		if got := string(v.Example(c, true)); got != test.input {
			t.Errorf("%s: requests: got %s, want %s", name, got, test.input)
		}
		if got := string(v.Example(c, false)); got != test.output {
			t.Errorf("%s: replies: got %s, want %s", name, got, test.output)
		}
		if test.input != "" {
			var issues schema.Issues
			v.Decode([]byte(test.input), reflect.New(reflect.TypeOf(test.value)).UnsafePointer(), nil, &issues, 0)
			if issues.Len() > 0 {
				t.Errorf("%s: the example is refused: %v", name, issues.All())
			}
		}
		if c.Plain = true; v.Example(c, true) != nil {
			t.Errorf("%s: Plain has an example", name)
		}
	}
	_, err := schema.NewCompiler(nil).Compile(reflect.TypeFor[odd]())
	if err == nil || !strings.Contains(err.Error(), `the example "one" is not a value of the type`) {
		t.Errorf("an example of JSONSchema: got %v", err)
	}
}
