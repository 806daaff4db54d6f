package openapi_test

import (
	"fmt"
	"testing"

	"github.com/go-modern-rest/rest/openapi"
)

func TestVersion(t *testing.T) {
	doc := &openapi.Document{OpenAPI: "3.2.0", Paths: map[string]*openapi.PathItem{"/x": {Query: &openapi.Operation{}}}}
	old, err := doc.Version("3.1.1")
	if err != nil || old.OpenAPI != "3.1.1" || old.Paths["/x"].Query != nil {
		t.Errorf("3.1: got %v, %v: it has no QUERY", old, err)
	}
	if doc.OpenAPI != "3.2.0" || doc.Paths["/x"].Query == nil {
		t.Error("the document itself was changed")
	}
	for _, version := range []string{"3.0.3", "2.0", ""} {
		if _, err := doc.Version(version); err == nil {
			t.Errorf("%q: got no error", version)
		}
	}
}

// TestVersionOfStreams: 3.1 has no field for the schema of the items of a stream.
func TestVersionOfStreams(t *testing.T) {
	text := &openapi.Schema{Type: "string"}
	doc := &openapi.Document{OpenAPI: "3.2.0", Paths: map[string]*openapi.PathItem{"/x": {Get: &openapi.Operation{Responses: map[string]*openapi.Response{
		"200": {Content: map[string]openapi.MediaType{"text/event-stream": {ItemSchema: text}, "application/jsonl": {ItemSchema: text}}},
		"400": {Content: map[string]openapi.MediaType{"application/json": {Schema: text}}},
	}}}}}
	old, err := doc.Version("3.1.1")
	if err != nil {
		t.Fatal(err)
	}
	content := old.Paths["/x"].Get.Responses["200"].Content
	if events, ok := content["text/event-stream"]; !ok || events.ItemSchema != nil || content["application/jsonl"].ItemSchema != nil || len(content) != 2 {
		t.Errorf("3.1: got %+v", content)
	}
	if old.Paths["/x"].Get.Responses["400"].Content["application/json"].Schema == nil {
		t.Error("3.1: the schema of another reply is gone")
	}
	for name, media := range doc.Paths["/x"].Get.Responses["200"].Content {
		if media.ItemSchema != text {
			t.Errorf("%s: the document itself was changed", name)
		}
	}
}

func TestPathItemMethods(t *testing.T) {
	for _, method := range openapi.Methods() {
		var item openapi.PathItem
		op := &openapi.Operation{}
		if !item.Set(method, op) || item.Operation(method) != op {
			t.Errorf("%s: not kept", method)
		}
	}
	var item openapi.PathItem
	if item.Set("PROPFIND", &openapi.Operation{}) || item.Operation("PROPFIND") != nil {
		t.Error("PROPFIND has a field")
	}
}

func ExampleDocument_JSON() {
	doc := &openapi.Document{
		OpenAPI: "3.2.0", Info: openapi.Info{Title: "Notes", Version: "1"},
		Paths: map[string]*openapi.PathItem{"/notes": {Get: &openapi.Operation{
			Responses: map[string]*openapi.Response{"200": {Description: "OK"}},
			Security:  []openapi.SecurityRequirement{{"session": {}}},
		}}},
	}
	text, err := doc.JSON()
	fmt.Println(string(text), err)
	// Output: {"openapi":"3.2.0","info":{"title":"Notes","version":"1"},"paths":{"/notes":{"get":{"responses":{"200":{"description":"OK"}},"security":[{"session":[]}]}}}} <nil>
}
