package account_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/account"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
)

// policyAPI has a sign-up, and a change of alice's password, whose address is
// mouse@example.com.
func policyAPI(t *testing.T, cfg account.Config) *rest.API {
	t.Helper()
	db, hasher := memory.New(), &password.Hasher{Argon2: password.Argon2Cost{Memory: 64, Time: 1, Threads: 1}}
	encoded, err := hasher.Hash(t.Context(), "alice-pass")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice", Email: "mouse@example.com", Password: encoded, Active: true}); err != nil {
		t.Fatal(err)
	}
	cfg.InsecureUnlimited = true
	s := &site{db: db, hasher: hasher, passwords: password.NewChecker(db.Users(), hasher)}
	accounts, session := account.New(s.passwords, cfg), s.session()
	return newAPI(t, accounts.SignUp("/sign-up", db.Users().Create), accounts.Session("/session", session),
		accounts.Password("/password", session, session))
}

// TestPolicyIsEnforced sets passwords by a sign-up as alice, and by a change.
func TestPolicyIsEnforced(t *testing.T) {
	accept := func(_ context.Context, _, password string) error {
		if password == "leaked by somebody" {
			return &rest.Error{Status: 400, Msg: "leaked"}
		}
		return nil
	}
	loose := password.Policy{InsecureCommon: true, InsecurePersonal: true}
	for _, test := range []struct {
		name     string
		cfg      account.Config
		password string
		want     string // a part of the message; empty: accepted
	}{
		{"uncommon", account.Config{}, "a better one", ""},
		{"common", account.Config{}, "Password123", "one of the most common"},
		{"the name", account.Config{}, "Alice-2024", "little more than the user name"},
		{"the address", account.Config{}, "mouse@example.com", "little more than the user name"},
		{"a part of the address", account.Config{}, "mouse-77", "little more than the user name"},
		{"a word of the service", account.Config{Policy: password.Policy{Words: []string{"acme"}}}, "acme-123", "the name of the service"},
		{"refused by Accept", account.Config{Accept: accept}, "leaked by somebody", "leaked"},
		{"common, beside Accept", account.Config{Accept: accept}, "password123", "one of the most common"},
		{"common, allowed", account.Config{Policy: loose}, "password123", ""},
		{"the name, allowed", account.Config{Policy: loose}, "alice-2024", ""},
		{"refused by Accept, with a loose policy", account.Config{Policy: loose, Accept: accept}, "leaked by somebody", "leaked"},
		{"short, with a loose policy", account.Config{Policy: loose}, "short", "at least 8 characters"},
	} {
		t.Run(test.name, func(t *testing.T) {
			api := policyAPI(t, test.cfg)
			b := newBrowser(api)
			check := func(w *httptest.ResponseRecorder, field string, done int) {
				t.Helper()
				if test.want == "" {
					if w.Code != done {
						t.Errorf("%s: got %d %s, want %d", field, w.Code, w.Body, done)
					}
					return
				}
				located := strings.Contains(w.Body.String(), fmt.Sprintf(`"loc":["parsed_body","%s"]`, field))
				if w.Code != 400 || !strings.Contains(w.Body.String(), test.want) || !located && test.want != "leaked" {
					t.Errorf("%s: got %d %s, want 400 %q there", field, w.Code, w.Body, test.want)
				}
			}
			check(b.send("POST", "/sign-up/", fmt.Sprintf(`{"username":"alice2","email":"mouse@example.com","password":%q}`, test.password)), "password", 201)
			if w := b.send("POST", "/session/login/", byAlice); w.Code != 200 {
				t.Fatalf("account: got %d %s", w.Code, w.Body)
			}
			check(b.post("/password/", fmt.Sprintf(`{"old_password":"alice-pass","new_password":%q}`, test.password)), "new_password", 204)
			again := newBrowser(api).send("POST", "/session/login/", byAlice)
			if refused := test.want != ""; (again.Code == 200) != refused {
				t.Errorf("a login with the old password: got %d", again.Code)
			}
		})
	}
}

// TestPolicyIsDocumented: what a sign-up and a change refuse is in the document, and the
// shortest password there is the one of the policy.
func TestPolicyIsDocumented(t *testing.T) {
	for _, test := range []struct {
		name             string
		policy           password.Policy
		common, personal bool
	}{
		{"default", password.Policy{}, true, true},
		{"common allowed", password.Policy{InsecureCommon: true}, false, true},
		{"personal allowed", password.Policy{InsecurePersonal: true}, true, false},
	} {
		doc := policyAPI(t, account.Config{Policy: test.policy}).Document()
		for _, path := range []string{"/sign-up/", "/password/"} {
			text := doc.Resolve(doc.Paths[path].Post.Responses["400"]).Description
			if strings.Contains(text, "common") != test.common || strings.Contains(text, "made of the user name") != test.personal {
				t.Errorf("%s: %s: got %q", test.name, path, text)
			}
		}
		written, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(written), fmt.Sprintf(`"minLength":%d`, password.MinLength)); got != 2 {
			t.Errorf("%s: the document has %d passwords of %d or more characters, want 2", test.name, got, password.MinLength)
		}
	}
}

// A handler that resets a forgotten password accepts what a sign-up accepts.
func ExampleAccounts_AcceptPassword() {
	db := memory.New()
	accounts := account.New(password.NewChecker(db.Users(), nil), account.Config{})
	type request struct {
		Body struct {
			Code     string `json:"code"`
			Password string `json:"password" minLength:"8"`
		} `body:""`
	}
	reset := func(ctx context.Context, in request) (rest.None, error) {
		account := auth.Account{Username: "alice", Email: "alice@example.com"} // the one that the code was sent to
		if err := accounts.AcceptPassword(ctx, account.Username, account.Email, in.Body.Password, "parsed_body", "password"); err != nil {
			return rest.None{}, err
		}
		return rest.None{}, nil // set the password
	}
	api, err := rest.New(rest.Settings{Title: "Shop", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/reset/", Auth: auth.Public, Post: rest.Handle(reset, accounts.Limited(rest.Op{Status: 204, Errors: []error{&rest.Error{Status: 400, Msg: "The password is not accepted"}}}))},
	}})
	if err != nil {
		panic(err)
	}
	for _, password := range []string{"alice2024", "correct horse battery"} {
		r := httptest.NewRequest("POST", "/reset/", strings.NewReader(`{"code":"12345678","password":"`+password+`"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		api.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 400 {"detail":[{"msg":"The password is little more than the user name, the e-mail address or the name of the service","type":"password_personal","loc":["parsed_body","password"]}]}
	// 204
}

// TestNamesOfOneScript: look-alikes from another alphabet do not get an account.
func TestNamesOfOneScript(t *testing.T) {
	b := newBrowser(policyAPI(t, account.Config{}))
	for _, test := range []struct {
		name, username string
		status         int
	}{
		{"Latin", "marie-curie_1867", http.StatusCreated},
		{"Latin with accents", "josé.ångström", http.StatusCreated},
		{"Cyrillic", "алиса2024", http.StatusCreated},
		{"Greek", "σωκράτης", http.StatusCreated},
		{"Arabic with its digits", "ليلى٢٠٢٤", http.StatusCreated},
		{"Japanese with Latin", "tanakaさくらカー花", http.StatusCreated},
		{"Korean with Latin and Han", "kim김金", http.StatusCreated},
		{"Chinese with Latin and Bopomofo", "wang王ㄅ", http.StatusCreated},
		{"digits alone", "0301234567", http.StatusCreated},
		{"full width, which becomes Latin", "ｍａｘ", http.StatusCreated},
		{"whole of another script, looks like coco", "сосо", http.StatusCreated},
		{"Cyrillic a in Latin", "\u0430lice", http.StatusBadRequest},
		{"Latin a in Cyrillic", "\u0061лиса", http.StatusBadRequest},
		{"Greek omicron in Latin", "b\u03bfb", http.StatusBadRequest},
		{"Armenian in Latin", "\u0585scar", http.StatusBadRequest},
		{"Cherokee in Latin", "\u13aa\u13acda", http.StatusBadRequest},
		{"Latin, Cyrillic and a digit", "a-\u0430-1", http.StatusBadRequest},
		{"Japanese and Korean", "さくら김", http.StatusBadRequest},
		{"Bopomofo and Japanese", "ㄅさ", http.StatusBadRequest},
		{"Han and Cyrillic", "王иван", http.StatusBadRequest},
		{"a compatibility form of another script", "a\u2126", http.StatusBadRequest}, // Ohm becomes omega
		{"a digit of another script", "a\u0967", http.StatusBadRequest},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := b.send("POST", "/sign-up/", `{"username":"`+test.username+`","password":"long enough"}`)
			if w.Code != test.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, test.status)
			}
			if refused := `"A user name has letters of one script","type":"username_mixed_scripts","loc":["parsed_body","username"]`; w.Code == 400 && !strings.Contains(w.Body.String(), refused) {
				t.Errorf("got %s, want %s", w.Body, refused)
			}
		})
	}
}

// TestBodiesHideTheirSecrets writes what clients send and get in each way that a program
// may log it.
func TestBodiesHideTheirSecrets(t *testing.T) {
	for _, body := range []slog.LogValuer{
		account.Credentials{Username: "alice", Password: "a-secret"},
		account.NewUser{Username: "alice", Password: "a-secret"},
		account.NewPassword{Old: "a-secret", New: "a-secret"},
		account.NewToken{Username: "alice", Password: "a-secret"},
		account.TokenPair{Access: "a-secret", Refresh: "a-secret"},
		account.RefreshToken{Refresh: "a-secret"},
		account.AccessToken{Access: "a-secret"},
		account.APIToken{Token: "a-secret"},
	} {
		var logged bytes.Buffer
		slog.New(slog.NewTextHandler(&logged, nil)).Info("text", "body", body)
		slog.New(slog.NewJSONHandler(&logged, nil)).Info("json", "body", body)
		fmt.Fprintf(&logged, "print %v %+v %s\n", body, body, []any{body})
		if strings.Contains(logged.String(), "a-secret") || logged.Len() < 20 {
			t.Errorf("%T: got %s", body, &logged)
		}
	}
}

// TestAnswersAreTranslated: what a sign-up refuses is said in the language of the client.
func TestAnswersAreTranslated(t *testing.T) {
	b := newBrowser(policyAPI(t, account.Config{}))
	for _, test := range []struct{ name, body, language, want string }{
		{"common, German", `{"username":"dora","password":"password123"}`, "de", "Das Passwort ist eines der häufigsten"},
		{"common, Russian", `{"username":"dora","password":"password123"}`, "ru", "Пароль — один из самых распространённых"},
		{"taken, Spanish", `{"username":"alice","password":"long enough"}`, "es", "El nombre de usuario ya está en uso"},
		{"common, a language without catalogue", `{"username":"dora","password":"password123"}`, "ja", "The password is one of the most common ones"},
	} {
		if w := b.send("POST", "/sign-up/", test.body, "Accept-Language", test.language); !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: got %d %s, want %q", test.name, w.Code, w.Body, test.want)
		}
	}
	accounts := account.New(password.NewChecker(memory.New().Users(), nil), account.Config{})
	err := accounts.AcceptPassword(t.Context(), "alice", "", "short", "query", "p")
	if want := fmt.Sprintf("fewer than %d characters", password.MinLength); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a short password: got %v, want %q", err, want)
	}
}
