package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing/fstest"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/openapi"
	"github.com/go-modern-rest/rest/throttle"
)

// An API with one operation. The value that checks the password is the value that documents
// it, and the handler gets the name of the user as a field.
func Example() {
	type readNote struct {
		ID   int64  `path:"id" minimum:"1"`
		User string `auth:""`
	}
	type note struct {
		ID    int64  `json:"id"`
		Owner string `json:"owner"`
	}
	read := func(_ context.Context, in readNote) (note, error) { return note{in.ID, in.User}, nil }
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "alice-pass"}), basicauth.Config{})

	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", Auth: users},
		rest.Router{Path: "/api", Controllers: []rest.Controller{{Path: "/notes/{id}", Get: rest.Handle(read)}}})
	if err != nil {
		log.Fatal(err) // every mistake at once
	}
	// A program goes on with http.ListenAndServe("localhost:8000", api).

	for _, password := range []string{"", "alice-pass"} {
		r := httptest.NewRequest("GET", "/api/notes/7", nil)
		if password != "" {
			r.SetBasicAuth("alice", password)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
	// 200 {"id":7,"owner":"alice"}
}

// New reports every mistake of the tree, with the place of each.
func ExampleNew() {
	type input struct {
		ID int64 `query:"id" min:"1"`
	}
	read := func(context.Context, input) (string, error) { return "", nil }
	_, err := rest.New(rest.Settings{Title: "Notes", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/notes/{id}", Auth: auth.Public, Get: rest.Handle(read)},
	}})
	for mistake := range rest.ConfigErrors(err) {
		fmt.Println(mistake.Operation, "-", mistake.Err)
	}
	// Output:
	// GET /notes/{id} - input rest_test.input.ID: the tag min has no meaning here: write minimum
	// GET /notes/{id} - the input rest_test.input has no field for {id}; add one tagged `path:"id"`
}

// ConfigErrors are for programs that show the mistakes themselves. Most print the error.
func ExampleConfigErrors() {
	get := func(context.Context, rest.None) (string, error) { return "", nil }
	_, err := rest.New(rest.Settings{Title: "Notes", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/notes", Get: rest.Handle(get)}, // no level has Auth
	}})
	for mistake := range rest.ConfigErrors(err) {
		fmt.Println(mistake.Operation, "is open to whom?")
	}
	// Output:
	// GET /notes is open to whom?
}

// The settings of a service behind a proxy, with problem details (RFC 9457) as errors.
func ExampleSettings() {
	api, err := rest.New(rest.Settings{
		Title: "Notes", Version: "1.2.0", Description: "Notes that people share.",
		Tags:           []openapi.Tag{{Name: "notes", Description: "What people write."}},
		ErrorFormat:    rest.Problem,
		MaxBody:        64 << 10,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
		OnAuth:         func(r *http.Request, e auth.Event) { fmt.Println(r.Pattern, e.Outcome) },
	}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{
		Path: "/notes", Tags: []string{"notes"},
		Get: rest.Handle(func(context.Context, rest.None) ([]string, error) { return []string{"Milk"}, nil }),
	}}})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/nothing", nil))
	fmt.Println(w.Code, w.Body)
	// Output:
	// 404 {"title":"Not Found","status":404,"detail":"Page not found","code":"not_found"}
}

// A path that differs by its last slash is redirected, unless NoSlashRedirect is set.
func ExampleSettings_noSlashRedirect() {
	get := func(context.Context, rest.None) (string, error) { return "Milk", nil }
	for _, strict := range []bool{false, true} {
		api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", NoSlashRedirect: strict}, rest.Router{
			Auth: auth.Public, Controllers: []rest.Controller{{Path: "/notes/", Get: rest.Handle(get)}},
		})
		if err != nil {
			log.Fatal(err)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "/notes", nil))
		fmt.Println(w.Code, w.Header().Get("Location"))
	}
	// Output:
	// 308 /notes/
	// 404
}

// A change of the document that no field can say.
func ExampleSettings_editDocument() {
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", EditDocument: func(doc *openapi.Document) {
		doc.Info.TermsOfService = "https://example.com/terms"
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(api.Document().Info.TermsOfService)
	// Output: https://example.com/terms
}

// Routers and controllers share a path, and what they say holds for everything below them
// that does not say it itself.
func ExampleRouter() {
	show := func(ctx context.Context, _ rest.None) (string, error) {
		op, _ := rest.OperationFrom(ctx)
		return op.Pattern, nil
	}
	staff := basicauth.New(basicauth.Static(map[string]string{"root": "root-pass"}), basicauth.Config{})
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, rest.Router{
		Path: "/api", Auth: auth.Public,
		Controllers: []rest.Controller{{Path: "/health", Get: rest.Handle(show)}},
		Routers: []rest.Router{{
			Path: "/admin", Auth: staff, Tags: []string{"admin"},
			Controllers: []rest.Controller{{Path: "/orders", Get: rest.Handle(show)}},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/api/health", "/api/admin/orders"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 "/api/health"
	// 401 {"detail":[{"msg":"Not authenticated","type":"security"}]}
}

// A controller has the operations of one path, one for each method.
func ExampleController() {
	list := func(context.Context, rest.None) ([]string, error) { return []string{"Milk"}, nil }
	create := func(context.Context, struct {
		Body struct {
			Title string `json:"title" minLength:"1"`
		} `body:""`
	}) (rest.None, error) {
		return rest.None{}, nil
	}
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1"}, rest.Router{Controllers: []rest.Controller{{
		Path: "/notes", Auth: auth.Public,
		Get:  rest.Handle(list),
		Post: rest.Handle(create, rest.Op{Summary: "Write a note"}),
	}}})
	if err != nil {
		log.Fatal(err)
	}
	for _, method := range []string{"GET", "DELETE"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest(method, "/notes", nil))
		fmt.Println(w.Code, w.Header().Get("Allow"), w.Body)
	}
	// Output:
	// 200  ["Milk"]
	// 405 GET, HEAD, POST {"detail":[{"msg":"Method 'DELETE' is not allowed, allowed: GET, HEAD, POST","type":"not_allowed"}]}
}

// A function becomes an endpoint. Its input names the source of each field, and what is
// wrong with a request is answered before the function is called.
func ExampleHandle() {
	type search struct {
		Text  string `query:"q" minLength:"2"`
		Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	}
	type result struct {
		Text  string `json:"text"`
		Limit int    `json:"limit"`
	}
	find := func(_ context.Context, in search) (result, error) { return result(in), nil }
	api, err := rest.New(rest.Settings{Title: "Search", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/search", Get: rest.Handle(find)},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, query := range []string{"q=milk", "q=m&limit=0"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "/search?"+query, nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"text":"milk","limit":20}
	// 400 {"detail":[{"msg":"Expected at least 2 characters","type":"value_error","loc":["parsed_query","q"]},{"msg":"Expected a number that is 1 or greater","type":"value_error","loc":["parsed_query","limit"]}]}
}

// What an operation says besides its function: its status, its place in the document, the
// errors that it may return, and a limit.
func ExampleOp() {
	type newOrder struct {
		Body struct {
			Article string `json:"article"`
		} `body:""`
	}
	soldOut := &rest.Error{Status: http.StatusConflict, Code: "sold_out", Msg: "The article is sold out"}
	order := func(context.Context, newOrder) (rest.None, error) { return rest.None{}, soldOut }
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{
		Path: "/orders",
		Post: rest.Handle(order, rest.Op{
			ID: "createOrder", Summary: "Order an article", Status: http.StatusAccepted,
			Errors: []error{soldOut},
			Limits: []rest.Limiter{throttle.New(throttle.Limit{Requests: 10, Window: time.Minute})},
		}),
	}}})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/orders", strings.NewReader(`{"article":"socks"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Code, w.Body)
	// Output:
	// 409 {"detail":[{"msg":"The article is sold out","type":"sold_out"}]}
}

// A directory of files below the API. It has the auth, headers and error format of its
// level.
func ExampleMount() {
	files := http.FileServerFS(fstest.MapFS{"hello.txt": {Data: []byte("hello")}}) // or os.DirFS
	api, err := rest.New(rest.Settings{Title: "Files", Version: "1"}, rest.Router{Mounts: []rest.Mount{
		{Path: "/files/", Auth: auth.Public, Handler: http.StripPrefix("/files/", files)},
	}})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/files/hello.txt", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 200 hello
}

// The document at a path of the API. Tools that do not know OpenAPI 3.2 ask for
// /openapi.json?version=3.1.
func ExampleOpenAPI() {
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1"}, rest.Router{Mounts: []rest.Mount{
		{Path: "/openapi.json", Auth: auth.Public, Handler: rest.OpenAPI()},
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range []string{"/openapi.json", "/openapi.json?version=3.1"} {
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		var doc struct{ OpenAPI string }
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
			log.Fatal(err)
		}
		fmt.Println(w.Code, doc.OpenAPI)
	}
	// Output:
	// 200 3.2.0
	// 200 3.1.1
}

// An error with a status, a word for programs and a text for people. It is documented where
// it is declared. The cause is logged and never shown.
func ExampleError() {
	type read struct {
		ID string `path:"id"`
	}
	notFound := &rest.Error{Status: http.StatusNotFound, Code: "no_note", Msg: "There is no such note"}
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1"}, rest.Router{Auth: auth.Public, Errors: []error{notFound},
		Controllers: []rest.Controller{{Path: "/notes/{id}", Get: rest.Handle(func(_ context.Context, in read) (string, error) {
			if in.ID != "7" {
				return "", notFound
			}
			return "Milk", nil
		})}},
	})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/notes/8", nil))
	fmt.Println(w.Code, w.Body)
	fmt.Println(api.Document().Paths["/notes/{id}"].Get.Responses["404"] != nil)
	// Output:
	// 404 {"detail":[{"msg":"There is no such note","type":"no_note"}]}
	// true
}

// All errors of an API as RFC 9457 has them.
func ExampleErrorFormat() {
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", ErrorFormat: rest.Problem}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{
		Path: "/notes",
		Get: rest.Handle(func(context.Context, struct {
			Page int `query:"page" minimum:"1"`
		}) (string, error) {
			return "", nil
		}),
	}}})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/notes?page=0", nil))
	fmt.Println(w.Header().Get("Content-Type"))
	fmt.Println(w.Body)
	// Output:
	// application/problem+json
	// {"title":"Bad Request","status":400,"code":"invalid_request","errors":[{"detail":"Expected a number that is 1 or greater","parameter":"page","code":"minimum","params":{"minimum":1}}]}
}

// A reply without a body, and an input without fields.
func ExampleNone() {
	purge := func(context.Context, rest.None) (rest.None, error) { return rest.None{}, nil }
	api, err := rest.New(rest.Settings{Title: "Cache", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/cache", Delete: rest.Handle(purge)},
	}})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("DELETE", "/cache", nil))
	fmt.Println(w.Code, w.Body.Len())
	// Output: 204 0
}

// A codec translates between JSON and another media type. This one sends replies as the
// JSON of a log line.
func ExampleCodec() {
	lines := rest.Codec{
		MediaType: "application/jsonl", ReplyOnly: true,
		FromJSON: func(text []byte) ([]byte, error) { return append(text, '\n'), nil },
	}
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", Codecs: []rest.Codec{{MediaType: "application/json"}, lines}}, rest.Router{
		Auth: auth.Public, Controllers: []rest.Controller{{Path: "/note", Get: rest.Handle(func(context.Context, rest.None) (string, error) { return "Milk", nil })}},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/note", nil)
	r.Header.Set("Accept", "application/jsonl")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Printf("%s %q\n", w.Header().Get("Content-Type"), w.Body)
	// Output: application/jsonl "\"Milk\"\n"
}

// The address of the client and the id of the request, for a log. Settings.TrustedProxies
// says whose headers count.
func ExampleClientAddr() {
	type input struct{ Request *http.Request }
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", TrustedProxies: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}, rest.Router{
		Auth: auth.Public, Controllers: []rest.Controller{{Path: "/me", Get: rest.Handle(func(_ context.Context, in input) (string, error) {
			return rest.ClientAddr(in.Request).String() + " " + rest.RequestID(in.Request), nil
		})}},
	})
	if err != nil {
		log.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/me", nil) // from 192.0.2.1
	r.Header.Set("X-Forwarded-For", "198.51.100.7")
	r.Header.Set("X-Request-Id", "abc-123")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: "198.51.100.7 abc-123"
}

// RequestID returns the id that the client sent, or one that it makes for this request. The
// reply and the log have it as well.
func ExampleRequestID() {
	type input struct{ Request *http.Request }
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{
		Auth: auth.Public, Controllers: []rest.Controller{{Path: "/id", Get: rest.Handle(func(_ context.Context, in input) (string, error) {
			return rest.RequestID(in.Request), nil
		})}},
	})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/id", nil))
	fmt.Println(w.Body.String() == `"`+w.Header().Get("X-Request-Id")+`"`)
	// Output: true
}

// The operation that a context belongs to, as a label of a metric.
func ExampleOperationFrom() {
	count := func(ctx context.Context, next func(context.Context) error) error {
		op, _ := rest.OperationFrom(ctx)
		err := next(ctx)
		fmt.Println(op.ID, op.Method, op.Pattern, err == nil)
		return err
	}
	type read struct {
		ID string `path:"id"`
	}
	api, err := rest.New(rest.Settings{Title: "Notes", Version: "1", Around: count}, rest.Router{
		Auth: auth.Public, Controllers: []rest.Controller{{
			Path: "/notes/{id}", Get: rest.Handle(func(context.Context, read) (string, error) { return "Milk", nil }, rest.Op{ID: "readNote"}),
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/notes/7", nil))
	// Output: readNote GET /notes/{id} true
}

// LoggedIn reports a login of your own to Settings.OnAuth. Package account calls it itself.
func ExampleLoggedIn() {
	login := func(ctx context.Context, _ rest.None) (rest.None, error) {
		rest.LoggedIn(ctx, "7") // after the code of the e-mail was right, say
		return rest.None{}, nil
	}
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", OnAuth: func(_ *http.Request, e auth.Event) {
		fmt.Println(strings.TrimSpace(string(e.Outcome) + " " + e.UserID))
	}}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{{Path: "/login", Post: rest.Handle(login)}}})
	if err != nil {
		log.Fatal(err)
	}
	api.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/login", nil))
	// Output:
	// anonymous
	// logged in 7
}

// SecurityHeaders are what Settings.Headers replaces: change the map to keep the others.
func ExampleSecurityHeaders() {
	headers := rest.SecurityHeaders()
	headers.Set("X-Frame-Options", "SAMEORIGIN")
	headers.Set("Strict-Transport-Security", "max-age=31536000")
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Headers: headers})
	if err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	api.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Header().Get("X-Frame-Options"), w.Header().Get("X-Content-Type-Options"))
	// Output: SAMEORIGIN nosniff
}

// A reply that breaks its own declaration is a 422 while replies are Checked. Reported logs
// it and sends the reply.
func ExampleReplies() {
	type note struct {
		Title string `json:"title" minLength:"1"`
	}
	empty := func(context.Context, rest.None) (note, error) { return note{}, nil }
	for _, replies := range []rest.Replies{rest.Checked, rest.Unchecked} {
		api, err := rest.New(rest.Settings{Title: "T", Version: "1", Replies: replies, Logger: slog.New(slog.DiscardHandler)}, rest.Router{
			Auth: auth.Public, Controllers: []rest.Controller{{Path: "/note", Get: rest.Handle(empty)}},
		})
		if err != nil {
			log.Fatal(err)
		}
		w := httptest.NewRecorder()
		api.ServeHTTP(w, httptest.NewRequest("GET", "/note", nil))
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 422 {"detail":[{"msg":"Expected at least 1 character","type":"value_error","loc":["title"]}]}
	// 200 {"title":""}
}

// Optionals in a request that a Go program makes: null, a value, and left out.
func ExampleSome() {
	type edit struct {
		Title rest.Optional[string]  `json:"title,omitzero"`
		Due   rest.Optional[*string] `json:"due,omitzero"`
		Size  rest.Optional[int]     `json:"size,omitzero"`
	}
	text, err := json.Marshal(edit{Title: rest.Some("Milk"), Due: rest.Null[*string]()})
	fmt.Println(string(text), err)
	// Output: {"title":"Milk","due":null} <nil>
}

// Null is a member that is sent as null.
func ExampleNull() {
	due := rest.Null[string]()
	fmt.Println(due.Present, due.Null, due.Or("never"))
	// Output: true true never
}
