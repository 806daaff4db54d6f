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
