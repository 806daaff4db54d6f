package conformance_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/csrf"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/conformance/internal/app"
	"github.com/go-modern-rest/rest/store/memory"
)

type object = map[string]any

func readJSON(t *testing.T, name string) (out object) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// without drops keywords wherever they stand; what stands in properties are names.
func without(value any, names ...string) any {
	switch value := value.(type) {
	case object:
		out := object{}
		for name, member := range value {
			if properties, ok := member.(object); ok && name == "properties" {
				kept := object{}
				for property, schema := range properties {
					kept[property] = without(schema, names...)
				}
				out[name] = kept
			} else if !slices.Contains(names, name) {
				out[name] = without(member, names...)
			}
		}
		return out
	case []any:
		out := make([]any, len(value))
		for i := range value {
			out[i] = without(value[i], names...)
		}
		return out
	}
	return value
}

// TestPage builds the two APIs of the page "How authentication works" and wants
// the documents printed there, titles and the two schemas' descriptions aside, and
// the reply to an anonymous GET.
func TestPage(t *testing.T) {
	db, secret := memory.New(), []byte("a secret of at least thirty-two bytes")
	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{
		Secret: secret, Cookie: auth.Cookie{SchemeName: "django_session", SchemeDescription: "Reusing standard Django auth flow for API"},
		CSRF: csrf.New(csrf.Config{Cookie: auth.Cookie{SchemeDescription: "CSRF protection"}, Compat: csrf.Compat{DocumentAllMethods: true, CookieScheme: true}}),
	})
	tokens := jwtauth.New(db.Users(), jwtauth.Config{Secret: secret, Header: auth.Header{NoChallenge: true}, Compat: jwtauth.Compat{SchemeAsWritten: true}})
	deprecated := false
	op := rest.Op{ID: "getApicontrollerApiApicontroller", Deprecated: deprecated}
	authed := func(context.Context, rest.None) (string, error) { return "authed", nil }
	endpoint := op
	endpoint.Auth = session
	for name, c := range map[string]struct {
		controller rest.Controller
		vary       string
	}{
		"endpoint":   {rest.Controller{Path: "/api/apicontroller/", Get: rest.Handle(authed, endpoint)}, "Accept-Language, Cookie"},
		"controller": {rest.Controller{Path: "/api/apicontroller/", Auth: tokens.Header(), Get: rest.Handle(authed, op)}, "Accept-Language"},
	} {
		t.Run(name, func(t *testing.T) {
			api, err := rest.New(rest.Settings{Title: "Django Modern Rest", Version: "0.1.0", Compat: rest.Compat{Undocumented: []int{503}, Document: true}}, rest.Router{Controllers: []rest.Controller{c.controller}})
			if err != nil {
				t.Fatal(err)
			}
			data, err := api.Document().JSON()
			if err != nil {
				t.Fatal(err)
			}
			var got object
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(plain(readJSON(t, "testdata/page/"+name+".openapi.json")), plain(got)); diff != "" {
				t.Errorf("document (-page +ours):\n%s", diff)
			}

			server := httptest.NewServer(api)
			defer server.Close()
			reply, err := http.Get(server.URL + "/api/apicontroller/")
			if err != nil {
				t.Fatal(err)
			}
			defer reply.Body.Close()
			headers := http.Header{
				"Content-Type": {"application/json"}, "X-Frame-Options": {"DENY"}, "Vary": {c.vary}, "Content-Language": {"en"}, "Content-Length": {"58"},
				"X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"same-origin"}, "Cross-Origin-Opener-Policy": {"same-origin"},
			}
			reply.Header.Del("Date")
			if joined := strings.Join(reply.Header["Vary"], ", "); joined != "" {
				reply.Header["Vary"] = []string{joined}
			}
			if diff := cmp.Diff(headers, reply.Header); diff != "" || reply.StatusCode != 401 {
				t.Errorf("status %d, headers (-page +ours):\n%s", reply.StatusCode, diff)
			}
		})
	}
}

// plain drops what the page's documents may differ in.
func plain(document object) any {
	for _, schema := range document["components"].(object)["schemas"].(object) {
		delete(schema.(object), "description")
	}
	info := document["info"]
	out := without(document, "title").(object)
	out["info"] = info
	return out
}

// operation is what the documents must agree in: statuses, schemas and security.
type operation struct {
	Security  any
	Body      any
	Responses map[string]any
}

// operations reads a document. References are resolved, because the names of
// schemas may differ, and descriptions and titles are dropped.
func operations(t *testing.T, document object) map[string]operation {
	t.Helper()
	out := map[string]operation{}
	components, _ := document["components"].(object)
	responses, _ := components["responses"].(object)
	schemas, _ := components["schemas"].(object)
	var resolve func(value any) any
	resolve = func(value any) any {
		switch value := value.(type) {
		case object:
			if ref, ok := value["$ref"].(string); ok {
				return resolve(schemas[ref[strings.LastIndexByte(ref, '/')+1:]])
			}
			result := object{}
			for name, member := range value {
				result[name] = resolve(member)
			}
			return result
		case []any:
			result := make([]any, len(value))
			for i := range value {
				result[i] = resolve(value[i])
			}
			return result
		}
		return value
	}
	schemaOf := func(holder any) any {
		content, _ := holder.(object)["content"].(object)
		found := object{}
		for mediaType, media := range content {
			found[mediaType] = without(resolve(media.(object)["schema"]), "title", "description")
		}
		return found
	}
	for path, item := range document["paths"].(object) {
		for method, raw := range item.(object) {
			op, ok := raw.(object)
			if !ok || method == "summary" || method == "description" {
				continue
			}
			o := operation{Security: op["security"], Responses: map[string]any{}}
			if body, ok := op["requestBody"]; ok {
				o.Body = schemaOf(body)
			}
			for status, response := range op["responses"].(object) {
				if ref, ok := response.(object)["$ref"].(string); ok {
					response = responses[ref[strings.LastIndexByte(ref, '/')+1:]]
				}
				headers := []string{}
				if listed, ok := response.(object)["headers"].(object); ok {
					headers = slices.Sorted(maps.Keys(listed))
				}
				o.Responses[status] = object{"schema": schemaOf(response), "headers": headers}
			}
			out[strings.ToUpper(method)+" "+path] = o
		}
	}
	return out
}

// groups are the documents that were recorded, and the profile of each.
var groups = map[string]app.Profile{
	"seed": app.Main, "levels": app.Main, "settings": app.Main, "basic": app.Main, "session": app.Main, "session.csrfsession": app.CSRFSession,
	"jwt": app.Main, "cookiejwt": app.Main, "blocklist": app.Main, "token": app.Main, "throttle": app.Main, "chain": app.Main, "custom": app.Main, "misc": app.Main,
}

// TestDocuments compares our documents with those that django-modern-rest 0.16.0
// makes of the same app.
func TestDocuments(t *testing.T) {
	for name, profile := range groups {
		t.Run(name, func(t *testing.T) {
			ours, theirs := documentsOf(t, profile, name)
			for id := range theirs {
				_, path, _ := strings.Cut(id, " ")
				if _, ok := ours[id]; !ok && !slices.Contains(leftOut, path) {
					t.Errorf("%s is not in our document", id)
				}
			}
			for id := range ours {
				want, ok := theirs[id]
				if !ok {
					t.Errorf("%s is in our document alone", id)
					continue
				}
				if diff := cmp.Diff(expected(id, want), expected(id, ours[id])); diff != "" {
					t.Errorf("%s (-0.16.0 +ours):\n%s", id, diff)
				}
			}
		})
	}
}

// documentsOf returns the operations of our document and of the recorded one.
func documentsOf(t *testing.T, profile app.Profile, name string) (ours, theirs map[string]operation) {
	t.Helper()
	handler, err := app.New(t.Context(), profile, app.Memory)
	if err != nil {
		t.Fatal(err)
	}
	group, _, _ := strings.Cut(name, ".")
	ours = operations(t, served(t, handler, "/"+group+"/openapi.json"))
	if group == "settings" { // two APIs, as settings are an API's
		maps.Copy(ours, operations(t, served(t, handler, "/settings/session/openapi.json")))
	}
	return ours, operations(t, readJSON(t, "testdata/openapi/"+name+".json"))
}

// TestOwnDocuments compares the documents in our own form with the recorded ones: the
// schemes, statuses, media types and headers of each operation are the same, though error replies are
// components, cookies share a header, and public operations say so.
func TestOwnDocuments(t *testing.T) {
	for name, profile := range groups {
		if profile != app.Main {
			continue
		}
		t.Run(name, func(t *testing.T) {
			ours, theirs := documentsOf(t, app.Clients, name)
			for id, own := range ours {
				if diff := cmp.Diff(outline(expected(id, theirs[id])), outline(expected(id, own))); diff != "" {
					t.Errorf("%s (-0.16.0 +ours):\n%s", id, diff)
				}
			}
			if len(ours) == 0 {
				t.Error("the document is empty")
			}
		})
	}
}

// outline leaves out of an operation what the two forms of documents write differently.
func outline(o operation) object {
	out := object{}
	if alternatives, ok := o.Security.([]any); ok && len(alternatives) > 0 {
		out["security"] = alternatives
	}
	for status, response := range o.Responses {
		headers := map[string]bool{}
		listed, _ := response.(object)["headers"].([]string)
		for _, name := range listed {
			name, _, _ = strings.Cut(name, ":")
			headers[name] = true
		}
		var media []string
		if schemas, ok := response.(object)["schema"].(object); ok {
			media = slices.Sorted(maps.Keys(schemas))
		}
		out[status] = object{"headers": slices.Sorted(maps.Keys(headers)), "media": media}
	}
	return out
}

// leftOut are paths whose auth does not start here.
var leftOut = []string{"/jwt/alg-none/", "/jwt/alg-unknown/", "/jwt/short-secret/", "/jwt/strict-audience-list/", "/jwt/unknown-user-field/"}

// withoutCookies are operations whose cookies 0.16.0 does not document.
var withoutCookies = []string{
	"POST /session/logout/", "POST /session/logout-async/", "GET /session/csrf/", "POST /session/password/", "PUT /session/cart/",
	"POST /cookiejwt/obtain/", "POST /cookiejwt/obtain-async/", "POST /cookiejwt/obtain-default/",
}

// handWritten are operations whose 401 is described by hand, without the challenge
// that a reply has: in 0.16.0 each of them is a 422.
var handWritten = []string{"GET /custom/own-401-spec/", "POST /custom/raise-in-body/", "POST /settings/obtain-inherited/"}

// expected drops what may differ: statuses that 0.16.0 does not document, its null
// for replies that have no body, cookies that it sets without documenting them, and its
// hand-written 401 without the challenge that the reply has.
func expected(id string, o operation) operation {
	responses := maps.Clone(o.Responses)
	for _, status := range []string{"413", "415", "429", "503"} {
		delete(responses, status)
	}
	if strings.HasPrefix(id, "POST /session/login") || strings.HasPrefix(id, "POST /cookiejwt/obtain") {
		delete(responses, "403")
	}
	for status, response := range responses {
		response := maps.Clone(response.(object))
		if cmp.Equal(response["schema"], object{"application/json": object{"type": "null"}}) {
			response["schema"] = object{}
		}
		if list, ok := response["headers"].([]string); ok && slices.Contains(withoutCookies, id) {
			response["headers"] = slices.DeleteFunc(slices.Clone(list), func(name string) bool { return strings.HasPrefix(name, "Set-Cookie") })
		}
		if status == "401" && slices.Contains(handWritten, id) {
			delete(response, "headers")
		}
		responses[status] = response
	}
	o.Responses = responses
	if strings.HasPrefix(id, "POST /token/obtain") { // ours gives a token a name, where one is sent
		body := o.Body.(object)["application/json"].(object)
		properties := maps.Clone(body["properties"].(object))
		delete(properties, "name")
		body = maps.Clone(body)
		body["properties"] = properties
		o.Body = object{"application/json": body}
	}
	if path, ok := strings.CutPrefix(id, "POST /cookiejwt/"); ok && (strings.HasPrefix(path, "refresh") || strings.HasPrefix(path, "logout")) && path != "logout-authed/" {
		o.Security = nil // 0.16.0 demands the CSRF token there, too, but does not say so
	}
	return o
}

func served(t *testing.T, handler http.Handler, path string) (document object) {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	if err := json.Unmarshal(w.Body.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	return document
}
