package openapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
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

// TestVersionOfRest: what else OpenAPI 3.2 added is left out for 3.1, also in webhooks and
// callbacks.
func TestVersionOfRest(t *testing.T) {
	item := func() *openapi.PathItem {
		return &openapi.PathItem{Query: &openapi.Operation{}, Post: &openapi.Operation{Summary: "kept"}}
	}
	post := &openapi.Operation{Callbacks: map[string]openapi.Callback{"done": {"{$request.body#/url}": item()}}}
	doc := &openapi.Document{
		OpenAPI: "3.2.0", Tags: []openapi.Tag{{Name: "a", Summary: "A", Parent: "b", Kind: "nav", Description: "kept"}},
		Paths: map[string]*openapi.PathItem{"/x": {Post: post}}, Webhooks: map[string]*openapi.PathItem{"w": item()},
		Components: &openapi.Components{
			Responses: map[string]*openapi.Response{"S": {Description: "kept", Content: map[string]openapi.MediaType{"application/jsonl": {ItemSchema: &openapi.Schema{}}}}},
			SecuritySchemes: map[string]openapi.SecurityScheme{"o": {
				Type: "oauth2", Deprecated: true, OAuth2MetadataURL: "https://id.example/metadata",
				Flows: &openapi.OAuthFlows{DeviceAuthorization: &openapi.OAuthFlow{}, ClientCredentials: &openapi.OAuthFlow{TokenURL: "kept"}},
			}},
		},
	}
	before, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	old, err := doc.Version("3.1.1")
	if err != nil {
		t.Fatal(err)
	}
	text, err := old.JSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{`"query"`, `"summary":"A"`, `"parent"`, `"kind"`, `"itemSchema"`, `"deprecated"`, `"oauth2MetadataUrl"`, `"deviceAuthorization"`} {
		if strings.Contains(string(text), name) {
			t.Errorf("3.1 has %s: %s", name, text)
		}
		if !strings.Contains(string(before), name) {
			t.Errorf("3.2 lacks %s", name)
		}
	}
	if got := strings.Count(string(text), "kept"); got != 5 {
		t.Errorf("3.1: %d of 5 kept: %s", got, text)
	}
	if after, err := doc.JSON(); err != nil || string(after) != string(before) {
		t.Errorf("the document itself was changed: %s, %v", after, err)
	}
}

func TestExtensions(t *testing.T) {
	x := openapi.Extensions{"x-b": []int{1}, "x-a": "<"}
	doc := &openapi.Document{
		OpenAPI: "3.2.0", Info: openapi.Info{Title: "T", Version: "1", Extensions: x}, Extensions: x,
		Servers: []openapi.Server{{URL: "/", Extensions: x}}, Tags: []openapi.Tag{{Name: "t", Extensions: x}},
		Paths: map[string]*openapi.PathItem{"/x": {Extensions: x, Get: &openapi.Operation{
			Extensions: x, Parameters: []openapi.Parameter{{Name: "p", In: "query", Extensions: x}},
			Responses: map[string]*openapi.Response{"200": {Description: "OK", Extensions: x}, "404": openapi.ResponseRef("NotFound")},
		}}},
		Components: &openapi.Components{SecuritySchemes: map[string]openapi.SecurityScheme{"s": {Type: "mutualTLS", Extensions: x}}},
	}
	text, err := doc.JSON()
	if err != nil || !json.Valid(text) {
		t.Fatalf("got %s, %v", text, err)
	}
	if got := strings.Count(string(text), `"x-a":"\u003c","x-b":[1]`); got != 9 {
		t.Errorf("got the extensions of %d objects, want 9: %s", got, text)
	}
	if !strings.Contains(string(text), `"404":{"$ref":"#/components/responses/NotFound"}`) {
		t.Errorf("the reference: got %s", text)
	}
	doc.Extensions = openapi.Extensions{"logo": 1}
	if text, err := doc.JSON(); err == nil {
		t.Errorf("a name without x-: got %s", text)
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
