package jwtauth_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

// callers are users without a table: whom the subject names, or user_id, or the client.
var callers = jwtauth.ByClaims[string](func(_ context.Context, c *jwtauth.Claims) (string, auth.Account, error) {
	id := c.Subject
	for _, name := range []string{"user_id", "azp"} {
		if id == "" {
			id, _ = jwtauth.Claim[string](c, name)
		}
	}
	if id == "" {
		return "", auth.Account{}, store.ErrNotFound
	}
	return id, auth.Account{ID: id, Active: true}, nil
})

// issuers are tokens as real issuers write them, shortened: header, claims. IAT and EXP
// are a minute ago and in an hour.
var issuers = []struct {
	name, header, claims string
	want                 string // the caller; empty: refused
}{
	{"Keycloak: access", `{"alg":"HS256","typ":"JWT","kid":"FJ86"}`,
		`{"exp":EXP,"iat":IAT,"jti":"onrtac:8c6e","iss":"https://id.example/realms/shop","aud":["api","account"],"sub":"6d5b","typ":"Bearer","azp":"web","sid":"f1","acr":"1","allowed-origins":["*"],"realm_access":{"roles":["user"]},"scope":"openid email"}`, "6d5b"},
	{"Keycloak: client without sub", `{"alg":"HS256","typ":"JWT","kid":"FJ86"}`,
		`{"exp":EXP,"iat":IAT,"jti":"trrtcc:8c6e","iss":"https://id.example/realms/shop","aud":"api","typ":"Bearer","azp":"batch","acr":"1","scope":""}`, "batch"},
	{"Keycloak: ID", `{"alg":"HS256","typ":"JWT","kid":"FJ86"}`,
		`{"exp":EXP,"iat":IAT,"auth_time":IAT,"jti":"8c6e","iss":"https://id.example/realms/shop","aud":"api","sub":"6d5b","typ":"ID","azp":"web","at_hash":"x"}`, ""},
	{"Keycloak: refresh", `{"alg":"HS256","typ":"JWT","kid":"FJ86"}`,
		`{"exp":EXP,"iat":IAT,"jti":"8c6e","iss":"https://id.example/realms/shop","aud":"api","sub":"6d5b","typ":"Refresh","azp":"web"}`, ""},
	{"Keycloak: offline", `{"alg":"HS256","typ":"JWT","kid":"FJ86"}`,
		`{"exp":EXP,"iat":IAT,"jti":"8c6e","iss":"https://id.example/realms/shop","aud":"api","sub":"6d5b","typ":"Offline","azp":"web"}`, ""},
	{"Keycloak: logout", `{"alg":"HS256","typ":"logout+jwt","kid":"FJ86"}`,
		`{"exp":EXP,"iat":IAT,"jti":"8c6e","iss":"https://id.example/realms/shop","aud":"api","sub":"6d5b","typ":"Logout","sid":"f1","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`, ""},
	{"Keycloak: bound to a key, whose proof nobody checks", `{"alg":"HS256","typ":"JWT","kid":"FJ86"}`,
		`{"exp":EXP,"iat":IAT,"jti":"8c6e","iss":"https://id.example/realms/shop","aud":"api","sub":"6d5b","typ":"DPoP","cnf":{"jkt":"0ZcO"}}`, ""},
	{"Auth0: access", `{"alg":"HS256","typ":"JWT","kid":"NjVB"}`,
		`{"iss":"https://shop.auth0.example/","sub":"auth0|5f7c","aud":["api","https://shop.auth0.example/userinfo"],"iat":IAT,"exp":EXP,"azp":"my_client","scope":"openid profile"}`, "auth0|5f7c"},
	{"Auth0: access, the profile of RFC 9068", `{"alg":"HS256","typ":"at+jwt","kid":"NjVB"}`,
		`{"iss":"https://shop.auth0.example/","sub":"auth0|5f7c","aud":"api","iat":IAT,"exp":EXP,"jti":"a1","client_id":"my_client"}`, "auth0|5f7c"},
	{"Auth0: ID, for the client", `{"alg":"HS256","typ":"JWT","kid":"NjVB"}`,
		`{"nickname":"alice","iss":"https://shop.auth0.example/","sub":"auth0|5f7c","aud":"my_client","iat":IAT,"exp":EXP,"sid":"s","nonce":"n"}`, ""},
	{"Auth0: logout", `{"alg":"HS256","typ":"logout+jwt","kid":"NjVB"}`,
		`{"iss":"https://shop.auth0.example/","sub":"auth0|5f7c","aud":"api","iat":IAT,"exp":EXP,"jti":"j","events":{"http://schemas.openid.net/event/backchannel-logout":{}}}`, ""},
	{"Entra ID: access, version 2", `{"typ":"JWT","alg":"HS256","kid":"i6lG"}`,
		`{"aud":"api","iss":"https://login.example/9122/v2.0","iat":IAT,"nbf":IAT,"exp":EXP,"aio":"AXQA","azp":"6e74","azpacr":"0","name":"Alice","oid":"690222","scp":"access_as_user","sub":"HKZp","tid":"9122","uti":"fqiB","ver":"2.0"}`, "HKZp"},
	{"Cognito: access", `{"kid":"eXg9","alg":"HS256"}`,
		`{"sub":"aaaa-bbbb","cognito:groups":["staff"],"iss":"https://cognito.example/us-east-1_x","version":2,"client_id":"api","origin_jti":"o","event_id":"e","token_use":"access","scope":"openid","auth_time":IAT,"exp":EXP,"iat":IAT,"jti":"j","username":"alice"}`, "aaaa-bbbb"},
	{"Cognito: access, of another client", `{"kid":"eXg9","alg":"HS256"}`,
		`{"sub":"aaaa-bbbb","iss":"https://cognito.example/us-east-1_x","client_id":"another","token_use":"access","exp":EXP,"iat":IAT}`, ""},
	{"Cognito: ID", `{"kid":"eXg9","alg":"HS256"}`,
		`{"sub":"aaaa-bbbb","email_verified":true,"iss":"https://cognito.example/us-east-1_x","cognito:username":"alice","aud":"api","event_id":"e","token_use":"id","auth_time":IAT,"exp":EXP,"iat":IAT}`, ""},
	{"client_id of others is no audience", `{"alg":"HS256","typ":"at+jwt"}`, `{"sub":"7","client_id":"api","exp":EXP,"iat":IAT}`, ""},
	{"Google: ID, for this client", `{"alg":"HS256","kid":"b2f8","typ":"JWT"}`,
		`{"iss":"https://accounts.google.example","azp":"api","aud":"api","sub":"1103","email":"a@example.com","email_verified":true,"at_hash":"x","iat":IAT,"exp":EXP}`, "1103"},
	{"Okta: access of a custom server", `{"kid":"Yl1J","alg":"HS256"}`,
		`{"ver":1,"jti":"AT.x","iss":"https://okta.example/oauth2/default","aud":"api","iat":IAT,"exp":EXP,"cid":"0oa1","uid":"00u1","scp":["openid"],"sub":"alice@example.com"}`, "alice@example.com"},
	{"Okta: access of the organization", `{"kid":"Yl1J","typ":"application/okta-internal-at+jwt","alg":"HS256"}`,
		`{"ver":1,"jti":"AT.x","iss":"https://okta.example","aud":"api","sub":"alice@example.com","iat":IAT,"exp":EXP,"cid":"0oa1","uid":"00u1"}`, "alice@example.com"},
	{"simplejwt: access", `{"alg":"HS256","typ":"JWT"}`, `{"token_type":"access","exp":EXP,"iat":IAT,"jti":"8c","user_id":"7","aud":"api"}`, "7"},
	{"simplejwt: access, older, without iat", `{"typ":"JWT","alg":"HS256"}`, `{"token_type":"access","exp":EXP,"jti":"8c","user_id":"7","aud":"api"}`, "7"},
	{"simplejwt: sliding", `{"alg":"HS256","typ":"JWT"}`, `{"token_type":"sliding","exp":EXP,"iat":IAT,"jti":"8c","user_id":"7","refresh_exp":EXP,"aud":"api"}`, "7"},
	{"simplejwt: refresh", `{"alg":"HS256","typ":"JWT"}`, `{"token_type":"refresh","exp":EXP,"iat":IAT,"jti":"8c","user_id":"7","aud":"api"}`, ""},
	{"simplejwt: a type of the application", `{"alg":"HS256","typ":"JWT"}`, `{"token_type":"password_reset","exp":EXP,"iat":IAT,"jti":"8c","user_id":"7","aud":"api"}`, ""},
	{"flask-jwt-extended: access", `{"alg":"HS256","typ":"JWT"}`, `{"fresh":false,"iat":IAT,"jti":"8c","type":"access","sub":"7","nbf":IAT,"csrf":"c","exp":EXP,"aud":"api"}`, "7"},
	{"flask-jwt-extended: refresh", `{"alg":"HS256","typ":"JWT"}`, `{"fresh":false,"iat":IAT,"jti":"8c","type":"refresh","sub":"7","nbf":IAT,"exp":EXP,"aud":"api"}`, ""},
	{"ForgeRock: access", `{"typ":"JWT","kid":"w","alg":"HS256"}`, `{"sub":"alice","cts":"OAUTH2_STATELESS_GRANT","iss":"https://am.example/oauth2","tokenName":"access_token","token_type":"Bearer","aud":"api","nbf":IAT,"exp":EXP,"iat":IAT}`, "alice"},
	{"RFC 9449: a proof", `{"typ":"dpop+jwt","alg":"HS256"}`, `{"jti":"-BwC","htm":"POST","htu":"https://api.example/x","sub":"7","iat":IAT,"exp":EXP,"aud":"api"}`, ""},
	{"RFC 8417: an event", `{"typ":"secevent+jwt","alg":"HS256"}`, `{"iss":"https://id.example","jti":"4d35","iat":IAT,"exp":EXP,"aud":"api","sub":"7","events":{"urn:x":{}}}`, ""},
	{"RFC 8417: an event that does not say so in the header", `{"alg":"HS256"}`, `{"iat":IAT,"exp":EXP,"aud":"api","sub":"7","events":{"urn:x":{}}}`, ""},
	{"a type in other case, and long", `{"alg":"HS256","typ":"application/AT+JWT"}`, `{"sub":"7","exp":EXP,"aud":"api"}`, "7"},
	{"another kind, long", `{"alg":"HS256","typ":"application/DPoP+jwt"}`, `{"sub":"7","exp":EXP,"aud":"api"}`, ""},
	{"a word in the header", `{"alg":"HS256","typ":"refresh_token"}`, `{"sub":"7","exp":EXP,"aud":"api"}`, ""},
	{"a header typ that is no text", `{"alg":"HS256","typ":7}`, `{"sub":"7","exp":EXP,"aud":"api"}`, ""},
	{"claims of the application's own", `{"alg":"HS256","typ":"JWT"}`, `{"sub":"7","exp":EXP,"aud":"api","type":"employee","typ":"gold","events":["a"],"token_type":null}`, "7"},
	{"token_use is no text", `{"alg":"HS256","typ":"JWT"}`, `{"sub":"7","exp":EXP,"aud":"api","token_use":["access"]}`, ""},
	{"nobody", `{"alg":"HS256","typ":"JWT"}`, `{"exp":EXP,"aud":"api"}`, ""},
	{"issued in the future", `{"alg":"HS256","typ":"JWT"}`, `{"sub":"7","exp":EXP,"iat":EXP,"aud":"api"}`, ""},
	{"without an end", `{"alg":"HS256","typ":"JWT"}`, `{"sub":"7","iat":IAT,"aud":"api"}`, ""},
}

func dated(claims string) string {
	return strings.NewReplacer("IAT", fmt.Sprint(now.Unix()-60), "EXP", fmt.Sprint(now.Unix()+3600)).Replace(claims)
}

func TestTokensOfRealIssuers(t *testing.T) {
	tokens := jwtauth.New(callers, jwtauth.Config{Secret: secret, ForeignTokens: true, AcceptAudiences: []string{"api"}, Now: clock})
	for _, test := range issuers {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := tokens.Verify(t.Context(), mint(test.header, dated(test.claims)))
			if _, refused := err.(*auth.Error); got != test.want || refused != (test.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// TestAcceptTypes: a list of types takes the place of the rules for all kinds.
func TestAcceptTypes(t *testing.T) {
	const plain = `{"sub":"7","exp":EXP}`
	for _, test := range []struct {
		name         string
		accept       []string
		typ          string // of the header, as JSON
		claims       string
		wantAccepted bool
	}{
		{"the one", []string{"at+jwt"}, `"at+jwt"`, plain, true},
		{"in another case", []string{"AT+jwt"}, `"application/at+JWT"`, plain, true},
		{"another", []string{"at+jwt"}, `"JWT"`, plain, false},
		{"none", []string{"at+jwt"}, ``, plain, false},
		{"none is accepted", []string{""}, ``, plain, true},
		{"one of two", []string{"at+jwt", "JWT"}, `"JWT"`, plain, true},
		{"one of an application's own", []string{"vnd.shop+jwt"}, `"vnd.shop+jwt"`, plain, true},
		{"JWT decides nothing", []string{"JWT"}, `"JWT"`, `{"sub":"7","exp":EXP,"token_use":"id"}`, false},
		{"an explicit type decides", []string{"secevent+jwt"}, `"secevent+jwt"`, `{"sub":"7","exp":EXP,"events":{"x":{}}}`, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			tokens := jwtauth.New(callers, jwtauth.Config{Secret: secret, ForeignTokens: true, AcceptTypes: test.accept, Now: clock})
			header := `{"alg":"HS256"}`
			if test.typ != "" {
				header = `{"alg":"HS256","typ":` + test.typ + `}`
			}
			_, _, err := tokens.Verify(t.Context(), mint(header, dated(test.claims)))
			if (err == nil) != test.wantAccepted {
				t.Errorf("got %v, want it accepted: %t", err, test.wantAccepted)
			}
		})
	}
	_, err := jwtauth.New(people(t), jwtauth.Config{Secret: secret, AcceptTypes: []string{"at+jwt"}}).Header().Declare("GET")
	if err == nil || !strings.Contains(err.Error(), "AcceptTypes") {
		t.Errorf("for one's own tokens: got %v", err)
	}
}

// TestOwnTokensNeedAllClaims: what is optional in another issuer's tokens is not in ours.
func TestOwnTokensNeedAllClaims(t *testing.T) {
	own := jwtauth.New(callers, jwtauth.Config{Secret: secret, Now: clock})
	foreign := jwtauth.New(people(t), jwtauth.Config{Secret: secret, ForeignTokens: true, Now: clock})
	for name, test := range map[string]struct {
		verify func(string) error
		claims string
	}{
		"no sub":           {verifier(t, own), claims("sub", "", "azp", `"7"`)},
		"no iat":           {verifier(t, own), claims("iat", "")},
		"no sub, by table": {verifier(t, foreign), claims("sub", "")},
	} {
		if err := test.verify(mint(header, test.claims)); !refusedBecause(err, "a claim that is needed is missing") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := verifier(t, foreign)(mint(header, claims("iat", ""))); err != nil {
		t.Errorf("another issuer's, no iat: got %v", err)
	}
}

func verifier[U any](t *testing.T, tokens *jwtauth.Issuer[U]) func(string) error {
	return func(token string) error { _, _, err := tokens.Verify(t.Context(), token); return err }
}
