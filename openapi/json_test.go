package openapi_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/openapi"
)

// filled returns a value of a type without zero fields, to a depth.
func filled(t reflect.Type, depth int) reflect.Value {
	v := reflect.New(t).Elem()
	switch {
	case t == reflect.TypeFor[json.Number]():
		v.SetString("1.5")
	case t == reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte(`{"a": "<"}`))
	case t == reflect.TypeFor[openapi.Extensions]():
		v.Set(reflect.ValueOf(openapi.Extensions{"x-b": "&", "x-a": 1}))
	case t.Kind() == reflect.Interface:
		v.Set(reflect.ValueOf(map[string]any{"<": []any{1, nil, "é"}}))
	case t.Kind() == reflect.String:
		v.SetString("text <&> \u2028 \"é\" \\ \x01")
	case t.Kind() == reflect.Bool:
		v.SetBool(true)
	case t.Kind() == reflect.Int:
		v.SetInt(7)
	case depth == 0:
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		v.Elem().Set(filled(t.Elem(), depth-1))
	case t.Kind() == reflect.Slice:
		v.Set(reflect.Append(reflect.MakeSlice(t, 0, 2), filled(t.Elem(), depth-1), filled(t.Elem(), 0)))
	case t.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(t))
		for _, key := range []string{"b", "a<", "é"} {
			v.SetMapIndex(reflect.ValueOf(key).Convert(t.Key()), filled(t.Elem(), depth-1))
		}
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).Name != "Ref" || t != reflect.TypeFor[openapi.Response]() {
				v.Field(i).Set(filled(t.Field(i).Type, depth-1))
			}
		}
	}
	return v
}

// bare returns a type with the fields of a struct and without its methods, so that
// encoding/json writes it by itself.
func bare(t reflect.Type) reflect.Type {
	var fields []reflect.StructField
	for i := range t.NumField() {
		fields = append(fields, t.Field(i))
	}
	return reflect.StructOf(fields)
}

// TestJSONIsThatOfEncodingJSON compares each object with what encoding/json writes for its
// fields, empty and filled, and for the extensions in the end.
func TestJSONIsThatOfEncodingJSON(t *testing.T) {
	for _, v := range []any{
		openapi.Document{}, openapi.Info{}, openapi.Server{}, openapi.Tag{}, openapi.PathItem{}, openapi.Operation{}, openapi.Parameter{},
		openapi.Response{}, openapi.SecurityScheme{}, openapi.Components{}, openapi.Schema{}, openapi.MediaType{}, openapi.RequestBody{}, openapi.OAuthFlows{},
	} {
		typ := reflect.TypeOf(v)
		for depth := range 6 {
			value := filled(typ, depth)
			plain, err := json.Marshal(value.Convert(bare(typ)).Interface())
			if err != nil {
				t.Fatal(err)
			}
			want := string(plain)
			if x := value.FieldByName("Extensions"); x.IsValid() && x.Len() > 0 {
				want = strings.Replace(strings.TrimSuffix(want, "}")+`,"x-a":1,"x-b":"\u0026"}`, "{,", "{", 1)
			}
			doc := openapi.Document{Paths: map[string]*openapi.PathItem{}}
			got, err := json.Marshal(value.Interface())
			if err != nil || string(got) != want {
				t.Errorf("%v, depth %d: got %s, %v\nwant %s", typ, depth, got, err, want)
			}
			if typ == reflect.TypeFor[openapi.Document]() {
				doc = value.Interface().(openapi.Document)
			} else if typ == reflect.TypeFor[openapi.Components]() {
				c := value.Interface().(openapi.Components)
				doc.Components = &c
			}
			whole, err := doc.JSON()
			if marshaled, wrong := json.Marshal(doc); err != nil || wrong != nil || string(whole) != string(marshaled) {
				t.Errorf("%v, depth %d: JSON gives %s, %v; json.Marshal %s", typ, depth, whole, err, marshaled)
			}
		}
	}
}

// TestJSONSortsKeys: equal documents are equal bytes.
func TestJSONSortsKeys(t *testing.T) {
	doc := openapi.Document{Paths: map[string]*openapi.PathItem{"/b": nil, "/a": {}, "/c<": {}}}
	text, err := doc.JSON()
	if want := `{"openapi":"","info":{"title":"","version":""},"paths":{"/a":{},"/b":null,"/c\u003c":{}}}`; err != nil || string(text) != want {
		t.Errorf("got %s, %v, want %s", text, err, want)
	}
	if got := slices.Sorted(maps.Keys(doc.Paths)); len(got) != 3 {
		t.Errorf("the document was changed: %v", got)
	}
}

// TestSchemaThatContainsItself is written as an error; a stack overflow would end the program.
func TestSchemaThatContainsItself(t *testing.T) {
	items, property := &openapi.Schema{}, &openapi.Schema{}
	items.Items = items
	property.Properties = openapi.Properties{{Name: "a", Schema: property}}
	for name, schema := range map[string]*openapi.Schema{"items": items, "property": property} {
		doc := openapi.Document{Components: &openapi.Components{Schemas: map[string]*openapi.Schema{"A": schema}}}
		if text, err := doc.JSON(); err == nil {
			t.Errorf("%s: got %d bytes, want an error", name, len(text))
		}
	}
}
