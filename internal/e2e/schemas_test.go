package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// numberFormats are the formats of the OpenAPI registry, checked exactly.
var numberFormats = []*jsonschema.Format{
	{Name: "int32", Validate: within(func(text string) error { _, err := strconv.ParseInt(text, 10, 32); return err })},
	{Name: "int64", Validate: within(func(text string) error { _, err := strconv.ParseInt(text, 10, 64); return err })},
	{Name: "uint64", Validate: within(func(text string) error { _, err := strconv.ParseUint(text, 10, 64); return err })},
	{Name: "float", Validate: within(func(text string) error { _, err := strconv.ParseFloat(text, 32); return err })},
	{Name: "double", Validate: within(func(text string) error { _, err := strconv.ParseFloat(text, 64); return err })},
}

// within makes the check of a format of one for the digits of a number. A whole number may
// be written in another way, as in 1.0.
func within(check func(text string) error) func(any) error {
	return func(v any) error {
		number, ok := v.(json.Number)
		if !ok {
			return errors.New("not a number")
		}
		text := string(number)
		if exact, ok := new(big.Rat).SetString(text); ok && exact.IsInt() {
			text = exact.Num().String()
		}
		return check(text)
	}
}

// compiled compiles a schema of a document.
func compiled(t *testing.T, api *rest.API, s *openapi.Schema) *jsonschema.Schema {
	t.Helper()
	text, err := json.Marshal(map[string]any{"components": api.Document().Components, "schema": s})
	if err != nil {
		t.Fatal(err)
	}
	resource, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.AssertContent()
	for _, format := range numberFormats {
		c.RegisterFormat(format)
	}
	if err := c.AddResource("api.json", resource); err != nil {
		t.Fatal(err)
	}
	out, err := c.Compile("api.json#/schema")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// numbers are values around the bounds of every type.
func numbers() []string {
	values := []string{"0", "-0", "1", "-1", "0.5", "1.0", "1e2", "1e400", "3.4e38", "3.5e38", "-3.5e38", "null", `"1"`, "true"}
	for _, bits := range []uint{7, 8, 15, 16, 31, 32, 53, 63, 64} {
		for _, sign := range []int64{1, -1} {
			power := new(big.Int).Lsh(big.NewInt(1), bits)
			power.Mul(power, big.NewInt(sign))
			for _, off := range []int64{-1, 0, 1} {
				values = append(values, new(big.Int).Add(power, big.NewInt(off)).String())
			}
		}
	}
	return values
}

type checkedBody[T any] struct {
	Body T `body:""`
}

type checkedParameters[T any] struct {
	Query  T `query:"q"`
	Header T `header:"X-H"`
}

type checkedForm[T any] struct {
	Value T `form:"v"`
}

// agree checks that our decoder accepts the values that the documented schema accepts, and
// no others: in a body, and, for a type that is a number, as a parameter and in a form.
func agree[T any](t *testing.T, scalar bool, values []string) {
	t.Helper()
	name := fmt.Sprintf("%T", *new(T))
	echo := func(context.Context, checkedBody[T]) (rest.None, error) { return rest.None{}, nil }
	controllers := []rest.Controller{{Path: "/body", Post: rest.Handle(echo)}}
	if scalar {
		controllers = append(controllers,
			rest.Controller{Path: "/parameters", Get: rest.Handle(func(context.Context, checkedParameters[T]) (rest.None, error) { return rest.None{}, nil })},
			rest.Controller{Path: "/form", Post: rest.Handle(func(context.Context, checkedForm[T]) (rest.None, error) { return rest.None{}, nil })})
	}
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: controllers})
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, target, contentType, body string) bool {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		if w.Code != http.StatusNoContent && w.Code != http.StatusBadRequest {
			t.Errorf("%s: %s: got %d %s", name, body, w.Code, w.Body)
		}
		return w.Code == http.StatusNoContent
	}
	paths := api.Document().Paths
	body := compiled(t, api, paths["/body"].Post.RequestBody.Content["application/json"].Schema)
	for _, value := range values {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(value))
		if err != nil {
			t.Fatal(err)
		}
		problem := body.Validate(v)
		if got := send("POST", "/body", "application/json", value); got != (problem == nil) {
			t.Errorf("%s: the body %s: our decoder accepts it: %t; the schema: %v", name, value, got, problem)
		}
		if _, isNumber := v.(json.Number); !scalar || !isNumber || strings.ContainsAny(value, ".e") {
			continue
		}
		parameters := paths["/parameters"].Get.Parameters
		problem = compiled(t, api, parameters[0].Schema).Validate(v)
		r := httptest.NewRequest("GET", "/parameters?q="+url.QueryEscape(value), nil)
		r.Header.Set("X-H", value)
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); (w.Code == http.StatusNoContent) != (problem == nil) {
			t.Errorf("%s: the parameter %s: got %d; the schema: %v", name, value, w.Code, problem)
		}
		if header := compiled(t, api, parameters[1].Schema).Validate(v); (header == nil) != (problem == nil) {
			t.Errorf("%s: the header %s: the schema: %v", name, value, header)
		}
		form := paths["/form"].Post.RequestBody.Content["application/x-www-form-urlencoded"].Schema
		problem = compiled(t, api, form).Validate(map[string]any{"v": v})
		if got := send("POST", "/form", "application/x-www-form-urlencoded", url.Values{"v": {value}}.Encode()); got != (problem == nil) {
			t.Errorf("%s: the form with %s: our decoder accepts it: %t; the schema: %v", name, value, got, problem)
		}
	}
}

// TestSchemasAgree compares our decoder with an independent validator of JSON Schema around
// the bounds that Go types imply.
func TestSchemasAgree(t *testing.T) {
	values := numbers()
	agree[int](t, true, values)
	agree[int8](t, true, values)
	agree[int16](t, true, values)
	agree[int32](t, true, values)
	agree[int64](t, true, values)
	agree[uint](t, true, values)
	agree[uint8](t, true, values)
	agree[uint16](t, true, values)
	agree[uint32](t, true, values)
	agree[uint64](t, true, values)
	agree[float32](t, true, values)
	agree[float64](t, true, values)

	var keys, members, lists []string
	for _, value := range values {
		keys = append(keys, fmt.Sprintf(`{%q:true}`, strings.Trim(value, `"`)))
		members = append(members, fmt.Sprintf(`{"own":%s}`, value), fmt.Sprintf(`{"text":%q}`, value), fmt.Sprintf(`{"maybe":%s}`, value))
		lists = append(lists, fmt.Sprintf(`{"a":[%s]}`, value), fmt.Sprintf(`{"b":{"k":%s}}`, value))
	}
	agree[map[int8]bool](t, false, keys)
	agree[map[uint16]bool](t, false, keys)
	agree[map[int32]bool](t, false, keys)
	agree[map[int64]bool](t, false, keys)
	agree[map[uint64]bool](t, false, keys)
	agree[struct {
		Own   *int8                 `json:"own" minimum:"-100" exclusiveMaximum:"100"`
		Text  int64                 `json:"text,string,omitempty"`
		Maybe rest.Optional[*uint8] `json:"maybe"`
	}](t, false, members)
	agree[struct {
		A []int16          `json:"a,omitempty"`
		B map[string]int32 `json:"b,omitempty"`
	}](t, false, lists)
	agree[[]byte](t, false, []string{`"YQ=="`, `"YQ"`, `"_-=="`, `""`, `"YWI="`, "1"})
}
