package jwtauth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/store"
)

// TestVectors holds us against tokens that django-modern-rest has judged.
func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/jwt.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			ID, Note, Token, Key, Algorithm string
			Valid                           bool
			Options                         struct {
				Issuers   any      `json:"accepted_issuers"`
				Audiences any      `json:"accepted_audiences"`
				Strict    bool     `json:"strict_audience"`
				Require   []string `json:"require_claims"`
				KeyLength *bool    `json:"enforce_minimum_key_length"`
			}
			Claims struct{ Sub, Jti string }
		}
	}
	if err := json.Unmarshal(text, &file); err != nil || len(file.Vectors) < 100 {
		t.Fatalf("got %d vectors, %v", len(file.Vectors), err)
	}
	list := func(v any) (out []string) {
		switch v := v.(type) {
		case string:
			return []string{v}
		case []any:
			for _, one := range v {
				out = append(out, one.(string))
			}
		}
		return out
	}
	for _, v := range file.Vectors {
		anybody := jwtauth.ByClaims[string](func(_ context.Context, c *jwtauth.Claims) (string, auth.Account, error) {
			return c.Subject, auth.Account{Active: true}, nil
		})
		tokens := jwtauth.New(anybody, jwtauth.Config{
			Secret: []byte(v.Key), Algorithm: jwtauth.Algorithm(v.Algorithm), AcceptIssuers: list(v.Options.Issuers), AcceptAudiences: list(v.Options.Audiences),
			StrictAudience: v.Options.Strict, Require: v.Options.Require, InsecureShortKeys: v.Options.KeyLength != nil, Now: clock,
		})
		want := v.Valid && v.Note != "padding appended" // RFC 7515 §2 has no padding
		user, claims, err := tokens.Verify(t.Context(), v.Token)
		if (err == nil) != want {
			t.Errorf("%s, %s: got %v, want accepted: %t", v.ID, v.Note, err, want)
		}
		if err == nil && (user != v.Claims.Sub || claims.ID != v.Claims.Jti) {
			t.Errorf("%s, %s: got %q %q, want %+v", v.ID, v.Note, user, claims.ID, v.Claims)
		}
	}
}

func TestHeader(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{}).Header()
	good := mint(header, claims())
	skip, accept, refuse := auth.ErrSkip, error(nil), &auth.Error{}
	for name, c := range map[string]struct {
		header []string
		want   error
	}{
		"nothing":                     {nil, skip},
		"empty":                       {[]string{"Authorization", ""}, skip},
		"scheme alone":                {[]string{"Authorization", "Bearer"}, skip},
		"scheme and a space":          {[]string{"Authorization", "Bearer "}, skip},
		"another scheme":              {[]string{"Authorization", "Basic " + good}, skip},
		"no scheme":                   {[]string{"Authorization", good}, skip},
		"longer scheme":               {[]string{"Authorization", "BearerX " + good}, skip},
		"two parts":                   {[]string{"Authorization", "Bearer " + good + " x"}, skip},
		"two lines":                   {[]string{"Authorization", "Bearer " + good, "Authorization", "Bearer " + good}, skip},
		"another header":              {[]string{"X-Authorization", "Bearer " + good}, skip},
		"good":                        {[]string{"Authorization", "Bearer " + good}, accept},
		"lower case (RFC 9110 §11.1)": {[]string{"Authorization", "bearer " + good}, accept},
		"several spaces":              {[]string{"Authorization", "Bearer   " + good}, accept},
		"junk":                        {[]string{"Authorization", "Bearer junk"}, refuse},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := tokens.Authenticate(request(c.header...))
			switch {
			case c.want == nil:
				user, _ := id.Principal.(*store.User)
				if err != nil || user.Username != "alice" || id.By != tokens || id.Expires.Unix() != now.Unix()+60 || id.Credential.(*jwtauth.Claims).ID != "j" {
					t.Errorf("got %+v, %v, want alice", id, err)
				}
			case c.want == skip:
				if !errors.Is(err, skip) {
					t.Errorf("got %v, want a skip", err)
				}
			default:
				if e := new(auth.Error); !errors.As(err, &e) || e.HTTPStatus() != 401 || e.Header != nil {
					t.Errorf("got %v, want a refusal with the chain's challenge", err)
				}
			}
		})
	}
}

// TestRefused lists tokens whose signature is good unless said otherwise.
func TestRefused(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{})
	good := mint(header, claims())
	parts := strings.Split(good, ".")
	flipped := []byte(parts[2])
	flipped[0] ^= 1
	signed := func(head string) string { return mint(head, claims()) }
	for name, c := range map[string]struct{ token, cause string }{
		"no dot":                    {"junk", "three segments"},
		"two segments":              {parts[0] + "." + parts[1], "three segments"},
		"four segments":             {good + ".x", "three segments"},
		"five (JWE)":                {good + ".x.y", "three segments"},
		"JSON serialization":        {`{"payload":"` + parts[1] + `"}`, "three segments"},
		"empty signature":           {parts[0] + "." + parts[1] + ".", "bad signature"},
		"flipped signature":         {parts[0] + "." + parts[1] + "." + string(flipped), "bad signature"},
		"padded":                    {good + "=", "three segments"},
		"standard alphabet":         {parts[0] + "." + parts[1] + ".++//" + parts[2][4:], "three segments"},
		"line break":                {good[:20] + "\n" + good[20:], "three segments"},
		"line break in signature":   {good + "\r\n", "three segments"},
		"other secret":              {mintWith(crypto.SHA256, []byte("another"), header, claims()), "bad signature"},
		"empty secret":              {mintWith(crypto.SHA256, nil, header, claims()), "bad signature"},
		"expired and badly signed":  {mintWith(crypto.SHA256, []byte("another"), header, claims("exp", "1")), "bad signature"},
		"too long":                  {good + strings.Repeat("x", 20_000), "longer than"},
		"dots":                      {strings.Repeat(".", 1<<20), "longer than"},
		"alg none":                  {signed(`{"alg":"none"}`), "no key"},
		"alg none, unsigned":        {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", "no key"},
		"alg in lower case":         {signed(`{"alg":"hs256"}`), "no key"},
		"alg missing":               {signed(`{"typ":"JWT"}`), "no key"},
		"alg a number":              {signed(`{"alg":256}`), "no key"},
		"another alg":               {mintWith(crypto.SHA512, secret, `{"alg":"HS512","typ":"JWT"}`, claims()), "no key"},
		"Alg":                       {signed(`{"Alg":"HS256"}`), "no key"},
		"alg twice":                 {signed(`{"alg":"none","alg":"HS256"}`), "distinct names"},
		"alg twice, one escaped":    {signed(`{"alg":"HS256","\u0061lg":"HS256"}`), "distinct names"},
		"header a list":             {signed(`[{"alg":"HS256"}]`), "distinct names"},
		"header empty":              {signed(``), "distinct names"},
		"crit known to RFC 7797":    {signed(`{"alg":"HS256","crit":["b64"],"b64":false}`), "extension"},
		"crit null":                 {signed(`{"alg":"HS256","crit":null}`), "extension"},
		"zip":                       {signed(`{"alg":"HS256","zip":"DEF"}`), "extension"},
		"kid a number":              {signed(`{"alg":"HS256","kid":1}`), "distinct names"},
		"payload a list":            {mint(header, `[1]`), "payload"},
		"payload empty":             {mint(header, ``), "payload"},
		"payload with more behind":  {mint(header, claims()+"{}"), "payload"},
		"payload not UTF-8":         {mint(header, claims("name", "\"\xff\"")), "payload"},
		"lone surrogate":            {mint(header, claims("name", `"\ud800"`)), "payload"},
		"exp twice":                 {mint(header, `{"exp":1,`+claims()[1:]), "payload"},
		"exp twice, one escaped":    {mint(header, `{"e\u0078p":1,`+claims()[1:]), "payload"},
		"a nested name twice":       {mint(header, claims("a", `{"b":[{"c":1,"c":2}]}`)), "payload"},
		"EXP is not exp":            {mint(header, claims("exp", "", "EXP", "99999999999")), "missing"},
		"no exp":                    {mint(header, claims("exp", "")), "missing"},
		"exp null":                  {mint(header, claims("exp", "null")), "not a date"},
		"exp true":                  {mint(header, claims("exp", "true")), "not a date"},
		"exp a text":                {mint(header, claims("exp", `"99999999999"`)), "not a date"},
		"exp huge":                  {mint(header, claims("exp", "1e400")), "not a date"},
		"exp beyond 2^53":           {mint(header, claims("exp", "99999999999999999999")), "not a date"},
		"exp negative":              {mint(header, claims("exp", "-1")), "expired"},
		"exp now":                   {mint(header, claims("exp", fmt.Sprint(now.Unix()))), "expired"},
		"iat in the future":         {mint(header, claims("iat", fmt.Sprint(now.Unix()+1))), "future"},
		"no iat":                    {mint(header, claims("iat", "")), "missing"},
		"nbf in the future":         {mint(header, claims("nbf", fmt.Sprint(now.Unix()+1))), "not valid yet"},
		"nbf null":                  {mint(header, claims("nbf", "null")), "not a date"},
		"no sub":                    {mint(header, claims("sub", "")), "missing"},
		"sub empty":                 {mint(header, claims("sub", `""`)), "sub"},
		"sub a number":              {mint(header, claims("sub", "1")), "sub"},
		"sub with a space":          {mint(header, claims("sub", `" 1"`)), "no such user"},
		"sub with a sign":           {mint(header, claims("sub", `"+1"`)), "no such user"},
		"sub in Arabic digits":      {mint(header, claims("sub", `"١"`)), "no such user"},
		"unknown user":              {mint(header, claims("sub", `"99"`)), "no such user"},
		"inactive user":             {mint(header, claims("sub", `"2"`)), "inactive"},
		"jti a number":              {mint(header, claims("jti", "5")), "jti"},
		"jti null":                  {mint(header, claims("jti", "null")), "jti"},
		"extras null":               {mint(header, claims("extras", "null")), "extras"},
		"extras a text":             {mint(header, claims("extras", `"access"`)), "extras"},
		"refresh":                   {mint(header, claims("extras", `{"type":"refresh"}`)), "another type"},
		"no type":                   {mint(header, claims("extras", "")), "another type"},
		"type a list":               {mint(header, claims("extras", `{"type":["access"]}`)), "another type"},
		"refresh at the top wins":   {mint(header, claims("type", `"refresh"`)), "another type"},
		"deep nesting with mistake": {mint(header, claims("a", strings.Repeat("[", 40)+strings.Repeat("]", 39))), "payload"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := tokens.Verify(t.Context(), c.token)
			e := new(auth.Error)
			if !errors.As(err, &e) || e.HTTPStatus() != 401 || e.Msg != "" || !strings.Contains(e.Err.Error(), c.cause) {
				t.Errorf("got %v, want a refusal because of %q", err, c.cause)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{})
	for name, token := range map[string]string{
		"plain":                                mint(header, claims()),
		"header in any order":                  mint(`{"typ":"JWT","alg":"HS256"}`, claims()),
		"typ is not looked at":                 mint(`{"alg":"HS256","typ":7}`, claims()),
		"kid unknown to us":                    mint(`{"alg":"HS256","kid":"x"}`, claims()),
		"a key brought along is not looked at": mint(`{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}`, claims()),
		"spaces":                               mint(header, "\n "+strings.ReplaceAll(claims(), ",", " ,\t")+" "),
		"exp with fraction":                    mint(header, claims("exp", fmt.Sprintf("%d.9", now.Unix()+1))),
		"exp with exponent":                    mint(header, claims("exp", "2e9")),
		"year 9999":                            mint(header, claims("exp", "253402300799")),
		"iat 0":                                mint(header, claims("iat", "0")),
		"nbf now":                              mint(header, claims("nbf", fmt.Sprint(now.Unix()))),
		"no jti":                               mint(header, claims("jti", "")),
		"jti empty":                            mint(header, claims("jti", `""`)),
		"type at the top":                      mint(header, claims("extras", "", "type", `"access"`)),
		"top wins":                             mint(header, claims("extras", `{"type":"refresh"}`, "type", `"access"`)),
		"iss a number":                         mint(header, claims("iss", "5")),
		"names in another case":                mint(header, claims("SUB", `"2"`, "Exp", "1")),
		"escapes":                              mint(header, claims("sub", `"\u0031"`, "name", `"\ud83d\ude00\n"`)),
		"not ASCII":                            mint(header, claims("name", `"юзер"`)),
		"many claims":                          mint(header, claims("a", `[1,-2.5e3,true,null,{"x":[]},"y"]`, "b", "{}")),
		"30 claims":                            mint(header, claims("o", "{"+strings.TrimSuffix(numbered(30), ",")+"}")),
		"deep":                                 mint(header, claims("a", strings.Repeat("[", 40)+strings.Repeat("]", 40))),
	} {
		if user, _, err := tokens.Verify(t.Context(), token); err != nil || user.Username != "alice" {
			t.Errorf("%s: got %v, %v, want alice", name, user, err)
		}
	}
}

func numbered(n int) (s string) {
	for i := range n {
		s += fmt.Sprintf(`"n%d":%d,`, i, i)
	}
	return s
}

func TestOptions(t *testing.T) {
	at := func(seconds int64) string { return fmt.Sprint(now.Unix() + seconds) }
	for _, c := range []struct {
		name   string
		cfg    jwtauth.Config
		claims string
		accept bool
	}{
		{"issuer", jwtauth.Config{Issuer: "a"}, claims("iss", `"a"`), true},
		{"issuer, another", jwtauth.Config{Issuer: "a"}, claims("iss", `"ab"`), false},
		{"issuer, none", jwtauth.Config{Issuer: "a"}, claims(), false},
		{"issuer, a list", jwtauth.Config{Issuer: "a"}, claims("iss", `["a"]`), false},
		{"issuer, the empty text", jwtauth.Config{AcceptIssuers: []string{""}}, claims(), false},
		{"issuers, second", jwtauth.Config{Issuer: "c", AcceptIssuers: []string{"a", "b"}}, claims("iss", `"b"`), true},
		{"issuers, ours is not among them", jwtauth.Config{Issuer: "c", AcceptIssuers: []string{"a", "b"}}, claims("iss", `"c"`), false},
		{"no issuers at all", jwtauth.Config{AcceptIssuers: []string{}}, claims("iss", `"c"`), false},
		{"audience", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `"a"`), true},
		{"audience in a list", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `["x","a"]`), true},
		{"audience, another", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `"b"`), false},
		{"audience, none", jwtauth.Config{Audiences: []string{"a"}}, claims(), false},
		{"audience, empty list", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `[]`), false},
		{"audience, empty text", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `""`), false},
		{"audience, null", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `null`), false},
		{"audience, a list with a number", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `["a",1]`), false},
		{"audience, an object", jwtauth.Config{Audiences: []string{"a"}}, claims("aud", `{"a":"a"}`), false},
		{"strict audience", jwtauth.Config{Audiences: []string{"a"}, StrictAudience: true}, claims("aud", `"a"`), true},
		{"strict audience, a list", jwtauth.Config{Audiences: []string{"a"}, StrictAudience: true}, claims("aud", `["a"]`), false},
		{"audience is not asked for", jwtauth.Config{}, claims("aud", `5`), true},
		{"required", jwtauth.Config{Require: []string{"jti", "role"}}, claims("role", "1"), true},
		{"required, in extras", jwtauth.Config{Require: []string{"role"}}, claims("extras", `{"type":"access","role":1}`), true},
		{"required, missing", jwtauth.Config{Require: []string{"jti", "role"}}, claims(), false},
		{"required, null", jwtauth.Config{Require: []string{"role"}}, claims("role", "null"), false},
		{"leeway, exp", jwtauth.Config{Leeway: time.Minute}, claims("exp", at(-59)), true},
		{"leeway, exp at its end", jwtauth.Config{Leeway: time.Minute}, claims("exp", at(-60)), false},
		{"leeway, nbf and iat", jwtauth.Config{Leeway: time.Minute}, claims("nbf", at(60), "iat", at(60)), true},
		{"leeway, iat outside", jwtauth.Config{Leeway: time.Minute}, claims("iat", at(61)), false},
		{"ignored expiry", jwtauth.Config{InsecureIgnoreExpiry: true}, claims("exp", "1"), true},
		{"ignored expiry must be a date", jwtauth.Config{InsecureIgnoreExpiry: true}, claims("exp", `"soon"`), false},
		{"ignored expiry must be there", jwtauth.Config{InsecureIgnoreExpiry: true}, claims("exp", ""), false},
		{"ignored nbf", jwtauth.Config{Compat: jwtauth.Compat{IgnoreNotBefore: true}}, claims("nbf", at(60)), true},
		{"ignored iat", jwtauth.Config{Compat: jwtauth.Compat{IgnoreIssuedAt: true}}, claims("iat", at(60)), true},
		{"ignored jti", jwtauth.Config{Compat: jwtauth.Compat{IgnoreID: true}}, claims("jti", "5"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := newIssuer(t, c.cfg).Verify(t.Context(), mint(header, c.claims))
			if (err == nil) != c.accept {
				t.Errorf("got %v, want accepted: %t", err, c.accept)
			}
		})
	}
}

func TestAlgorithms(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	long := []byte(strings.Repeat("x", 64))
	keys := []jwtauth.Key{
		{Secret: long, Algorithm: jwtauth.HS256}, {Secret: long, Algorithm: jwtauth.HS384}, {Secret: long, Algorithm: jwtauth.HS512},
		{Private: rsaKey}, {Private: rsaKey, Algorithm: jwtauth.RS384}, {Private: rsaKey, Algorithm: jwtauth.RS512},
		{Private: rsaKey, Algorithm: jwtauth.PS256}, {Private: rsaKey, Algorithm: jwtauth.PS384}, {Private: rsaKey, Algorithm: jwtauth.PS512},
		{Private: p256}, {Private: p384}, {Private: p521}, {Private: ed},
	}
	seen := map[any]bool{}
	for i, k := range keys {
		tokens := newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{k}})
		pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
		if err != nil {
			t.Fatalf("key %d: %v", i, err)
		}
		head, _ := decoded(t, pair.Access)
		seen[head["alg"]] = true
		for j, other := range keys {
			if other.Private != nil {
				other = jwtauth.Key{Public: other.Private.Public(), Algorithm: other.Algorithm}
			}
			_, _, err := newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{other}}).Verify(t.Context(), pair.Access)
			if (err == nil) != (i == j) {
				t.Errorf("a token of key %d checked with key %d: got %v", i, j, err)
			}
		}
		all := newIssuer(t, jwtauth.Config{Keys: keys})
		if _, _, err := all.Verify(t.Context(), pair.Access); err != nil {
			t.Errorf("a token of key %d checked with all: %v", i, err)
		}
		broken := []byte(pair.Access)
		broken[len(broken)-10] ^= 1
		if _, _, err := all.Verify(t.Context(), string(broken)); err == nil {
			t.Errorf("a broken token of key %d was accepted", i)
		}
		if _, _, err := all.Verify(t.Context(), pair.Access[:strings.LastIndexByte(pair.Access, '.')]+".AAAA"); err == nil {
			t.Errorf("a token of key %d with a short signature was accepted", i)
		}
	}
	if len(seen) != 13 {
		t.Errorf("got the algorithms %v, want 13", seen)
	}
}

// TestAlgorithmConfusion: the public key as an HMAC secret (CVE-2015-9235).
func TestAlgorithmConfusion(t *testing.T) {
	private, _ := rsa.GenerateKey(rand.Reader, 2048)
	der, _ := x509.MarshalPKIXPublicKey(&private.PublicKey)
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	tokens := newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{{Public: &private.PublicKey}}})
	for _, secret := range [][]byte{public, der} {
		if _, _, err := tokens.Verify(t.Context(), mintWith(crypto.SHA256, secret, header, claims())); err == nil {
			t.Error("an HMAC keyed with the public key was accepted")
		}
	}
	if _, err := jwtauth.New(people(t), jwtauth.Config{Secret: public}).Header().Declare("GET"); err == nil || !strings.Contains(err.Error(), "PEM") {
		t.Errorf("a PEM text as secret: got %v", err)
	}
}

func TestKeyRotation(t *testing.T) {
	old := jwtauth.Key{Secret: []byte(strings.Repeat("o", 32))}
	spring := jwtauth.Key{ID: "spring", Secret: []byte(strings.Repeat("s", 32))}
	autumn := jwtauth.Key{ID: "autumn", Secret: []byte(strings.Repeat("a", 32))}
	issue := func(keys ...jwtauth.Key) string {
		pair, err := newIssuer(t, jwtauth.Config{Keys: keys}).Issue(t.Context(), auth.Account{ID: "1", Active: true})
		if err != nil {
			t.Fatal(err)
		}
		return pair.Access
	}
	lying := mintWith(crypto.SHA256, spring.Secret, `{"alg":"HS256","kid":"autumn"}`, claims())
	for _, c := range []struct {
		name   string
		token  string
		keys   []jwtauth.Key
		accept bool
	}{
		{"first signs", issue(spring, old), []jwtauth.Key{spring}, true},
		{"old one after the new came", issue(old), []jwtauth.Key{spring, old}, true},
		{"old one after it was dropped", issue(old), []jwtauth.Key{spring}, false},
		{"kid of a key that is gone", issue(autumn), []jwtauth.Key{spring}, false},
		{"kid of a key that is gone, nameless key", issue(autumn), []jwtauth.Key{spring, old}, false},
		{"kid of another key", lying, []jwtauth.Key{spring, autumn}, false},
		{"no kid, named keys", mintWith(crypto.SHA256, autumn.Secret, header, claims()), []jwtauth.Key{spring, autumn}, true},
		{"second of two nameless", issue(old), []jwtauth.Key{{Secret: secret}, old}, true},
	} {
		_, _, err := newIssuer(t, jwtauth.Config{Keys: c.keys}).Verify(t.Context(), c.token)
		if (err == nil) != c.accept {
			t.Errorf("%s: got %v, want accepted: %t", c.name, err, c.accept)
		}
	}
	if head, _ := decoded(t, issue(spring)); head["kid"] != "spring" || head["typ"] != "JWT" {
		t.Errorf("got the header %v", head)
	}
}

func TestIssue(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{
		Issuer: "me", Audiences: []string{"a", "b"}, Lifetime: time.Minute, RefreshLifetime: time.Hour,
		Claims: func(_ context.Context, who auth.Account) (map[string]any, error) {
			return map[string]any{"roles": []string{"x"}, "name": who.Username}, nil
		},
	})
	pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Username: "alice", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	_, access := decoded(t, pair.Access)
	_, refresh := decoded(t, pair.Refresh)
	if access["jti"] == refresh["jti"] || len(access["jti"].(string)) != 32 {
		t.Errorf("got the ids %v and %v", access["jti"], refresh["jti"])
	}
	delete(access, "jti")
	delete(refresh, "jti")
	at := func(d time.Duration) float64 { return float64(now.Add(d).Unix()) }
	common := map[string]any{"sub": "1", "iat": at(0), "iss": "me", "aud": []any{"a", "b"}}
	with := func(more map[string]any) map[string]any {
		for name, value := range common {
			more[name] = value
		}
		return more
	}
	if diff := cmp.Diff(with(map[string]any{"exp": at(time.Minute), "roles": []any{"x"}, "name": "alice", "extras": map[string]any{"type": "access"}}), access); diff != "" {
		t.Errorf("access (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(with(map[string]any{"exp": at(time.Hour), "extras": map[string]any{"type": "refresh"}}), refresh); diff != "" {
		t.Errorf("refresh (-want +got):\n%s", diff)
	}
	if !pair.AccessExpires.Equal(now.Add(time.Minute)) || !pair.RefreshExpires.Equal(now.Add(time.Hour)) {
		t.Errorf("got the expiries %v and %v", pair.AccessExpires, pair.RefreshExpires)
	}
	_, c, err := tokens.Verify(t.Context(), pair.Access)
	if err != nil {
		t.Fatal(err)
	}
	roles, ok := jwtauth.Claim[[]string](c, "roles")
	if !ok || roles[0] != "x" || string(c.Raw("aud")) != `["a","b"]` || c.Raw("nope") != nil || c.Audience()[1] != "b" || c.Issuer != "me" || c.Type != "access" {
		t.Errorf("got %+v", c)
	}
	if _, ok := jwtauth.Claim[int](c, "roles"); ok {
		t.Error("a list was an int")
	}
	if _, ok := jwtauth.Claim[int](c, "nope"); ok {
		t.Error("a missing claim was there")
	}
	if diff := cmp.Diff(map[string]any{"roles": []any{"x"}, "name": "alice", "type": "access"}, c.Extras()); diff != "" {
		t.Errorf("extras (-want +got):\n%s", diff)
	}
	for name, who := range map[string]auth.Account{"inactive": {ID: "1"}, "nobody": {Active: true}} {
		if _, err := tokens.Issue(t.Context(), who); !errors.As(err, new(*auth.Error)) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	for name, own := range map[string]map[string]any{"reserved": {"sub": "2"}, "not JSON": {"f": func() {}}} {
		bad := newIssuer(t, jwtauth.Config{Claims: func(context.Context, auth.Account) (map[string]any, error) { return own, nil }})
		if _, err := bad.Issue(t.Context(), auth.Account{ID: "1", Active: true}); err == nil || errors.As(err, new(*auth.Error)) {
			t.Errorf("%s claims: got %v, want a fault", name, err)
		}
	}
}

func TestRefresh(t *testing.T) {
	tokens := newIssuer(t, jwtauth.Config{})
	pair, err := tokens.Issue(t.Context(), auth.Account{ID: "1", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	next, err := tokens.Refresh(t.Context(), pair.Refresh)
	if err != nil || next.Access == pair.Access || next.Refresh == pair.Refresh {
		t.Fatalf("got %+v, %v", next, err)
	}
	if user, _, err := tokens.Verify(t.Context(), next.Access); err != nil || user.ID != "1" {
		t.Errorf("got %v, %v", user, err)
	}
	if _, err := tokens.Refresh(t.Context(), pair.Access); !errors.As(err, new(*auth.Error)) {
		t.Errorf("an access token refreshed: %v", err)
	}
	for _, id := range []string{"2", "99"} {
		token := mint(header, claims("sub", `"`+id+`"`, "extras", `{"type":"refresh"}`))
		if _, err := tokens.Refresh(t.Context(), token); !errors.As(err, new(*auth.Error)) {
			t.Errorf("user %s: got %v, want a refusal", id, err)
		}
	}
}

// TestUsers: who a token belongs to, by more than an id.
func TestUsers(t *testing.T) {
	users := people(t)
	byName := jwtauth.New(jwtauth.ByClaims[*store.User](func(ctx context.Context, c *jwtauth.Claims) (*store.User, auth.Account, error) {
		return users.ByUsername(ctx, c.Subject)
	}), jwtauth.Config{Secret: secret, Now: clock, Subject: func(who auth.Account) string { return who.Username }})
	if user, _, err := byName.Verify(t.Context(), mint(header, claims("sub", `"alice"`))); err != nil || user.ID != "1" {
		t.Errorf("got %v, %v", user, err)
	}
	for _, sub := range []string{"1", "Alice"} {
		if _, _, err := byName.Verify(t.Context(), mint(header, claims("sub", `"`+sub+`"`))); !errors.As(err, new(*auth.Error)) {
			t.Errorf("%s: got %v, want a refusal", sub, err)
		}
	}
	pair, err := byName.Issue(t.Context(), auth.Account{ID: "1", Username: "alice", Active: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := byName.Refresh(t.Context(), pair.Refresh); err != nil {
		t.Error(err)
	}

	down := jwtauth.New[*store.User](brokenUsers{users}, jwtauth.Config{Secret: secret, Now: clock})
	if _, _, err := down.Verify(t.Context(), mint(header, claims())); !errors.Is(err, auth.ErrUnavailable) {
		t.Errorf("the store is down: got %v, want ErrUnavailable", err)
	}
	if _, _, err := down.Verify(t.Context(), "junk"); !errors.As(err, new(*auth.Error)) {
		t.Errorf("junk: got %v, want a refusal that asks no store", err)
	}
}

func TestMistakes(t *testing.T) {
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for name, c := range map[string]struct {
		cfg  jwtauth.Config
		want string
	}{
		"no key":              {jwtauth.Config{}, "no key: set Secret, Keys or Remote"},
		"short secret":        {jwtauth.Config{Secret: []byte("short")}, "Secret has 5 bytes, HS256 needs at least 32"},
		"short for HS512":     {jwtauth.Config{Secret: secret, Algorithm: jwtauth.HS512}, "needs at least 64"},
		"none":                {jwtauth.Config{Secret: secret, Algorithm: "none"}, `"none" accepts every token`},
		"unknown algorithm":   {jwtauth.Config{Secret: secret, Algorithm: "NOPE"}, `unknown algorithm "NOPE"`},
		"algorithm of keys":   {jwtauth.Config{Algorithm: jwtauth.HS256, Keys: []jwtauth.Key{{Secret: secret}}}, "a Key has an Algorithm of its own"},
		"empty key":           {jwtauth.Config{Keys: []jwtauth.Key{{ID: "k"}}}, `the key "k": set one of`},
		"two in one key":      {jwtauth.Config{Keys: []jwtauth.Key{{Secret: secret, Private: p256}}}, "not 2 of them"},
		"small RSA":           {jwtauth.Config{Keys: []jwtauth.Key{{Private: small}}}, "1024 bits"},
		"key and algorithm":   {jwtauth.Config{Keys: []jwtauth.Key{{Private: p256, Algorithm: jwtauth.ES384}}}, "does not fit"},
		"secret and RS256":    {jwtauth.Config{Secret: secret, Algorithm: jwtauth.RS256}, "does not fit"},
		"public key as HS256": {jwtauth.Config{Keys: []jwtauth.Key{{Public: p256.Public(), Algorithm: jwtauth.HS256}}}, "does not fit"},
		"strange key":         {jwtauth.Config{Keys: []jwtauth.Key{{Public: "x", Algorithm: jwtauth.RS256}}}, "string is not a key"},
		"strict list":         {jwtauth.Config{Secret: secret, StrictAudience: true, Audiences: []string{"a", "b"}}, "StrictAudience needs one accepted audience, not 2"},
		"negative leeway":     {jwtauth.Config{Secret: secret, Leeway: -1}, "Leeway is negative"},
		"negative lifetime":   {jwtauth.Config{Secret: secret, Lifetime: -1}, "Lifetime and RefreshLifetime"},
		"empty required":      {jwtauth.Config{Secret: secret, Require: []string{""}}, "Require has an empty name"},
		"scheme and none":     {jwtauth.Config{Secret: secret, Header: auth.Header{NoScheme: true, Scheme: "X"}}, "contradict"},
		"scheme of two words": {jwtauth.Config{Secret: secret, Header: auth.Header{Scheme: "X Y"}}, "not one word"},
	} {
		t.Run(name, func(t *testing.T) {
			tokens := jwtauth.New(people(t), c.cfg)
			_, err := tokens.Header().Declare("GET")
			if e := new(auth.ConfigError); !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(e.Pos, "jwtauth/jwtauth_test.go:") {
				t.Errorf("got %v, want %q with our line", err, c.want)
			}
			if _, err := tokens.Header().Authenticate(request("Authorization", "Bearer x")); !errors.As(err, new(*auth.ConfigError)) {
				t.Errorf("Authenticate: got %v, want the mistake", err)
			}
			if tokens.CanSign() == nil {
				t.Error("CanSign: got nil")
			}
		})
	}
	if _, err := jwtauth.New[*store.User](nil, jwtauth.Config{Secret: secret}).Header().Declare("GET"); err == nil {
		t.Error("no users: got nil")
	}
	checks := newIssuer(t, jwtauth.Config{Keys: []jwtauth.Key{{Public: p256.Public()}}})
	if _, err := checks.Issue(t.Context(), auth.Account{ID: "1", Active: true}); !errors.Is(err, jwtauth.ErrCannotSign) {
		t.Errorf("got %v, want ErrCannotSign", err)
	}
	if _, err := checks.Refresh(t.Context(), "x"); !errors.Is(err, jwtauth.ErrCannotSign) {
		t.Errorf("got %v, want ErrCannotSign", err)
	}
	allowed := newIssuer(t, jwtauth.Config{Secret: []byte("short"), InsecureShortKeys: true})
	if _, _, err := allowed.Verify(t.Context(), mintWith(crypto.SHA256, []byte("short"), header, claims())); err != nil {
		t.Error(err)
	}
}

func TestDeclare(t *testing.T) {
	for name, c := range map[string]struct {
		header                    auth.Header
		scheme, kind, desc, chall string
	}{
		"default":      {auth.Header{}, "jwt", "http", "JWT token auth", `Bearer realm="api"`},
		"lower case":   {auth.Header{Scheme: "bearer", SchemeName: "l"}, "l", "http", "JWT token auth", `bearer realm="api"`},
		"another":      {auth.Header{Scheme: "Token"}, "jwt", "apiKey", "JWT token auth via `Authorization` header using `Token <token>` format", `Token realm="api"`},
		"realm":        {auth.Header{Realm: `the "shop"`}, "jwt", "http", "JWT token auth", `Bearer realm="the \"shop\""`},
		"header":       {auth.Header{Name: "X-JWT", Scheme: "JWT"}, "jwt", "apiKey", "JWT token auth via `X-JWT` header using `JWT <token>` format", ""},
		"no scheme":    {auth.Header{NoScheme: true}, "jwt", "apiKey", "JWT token auth via `Authorization` header using `<token>` format", ""},
		"no challenge": {auth.Header{NoChallenge: true}, "jwt", "http", "JWT token auth", ""},
	} {
		d, err := newIssuer(t, jwtauth.Config{Header: c.header}).Header().Declare("GET")
		if err != nil {
			t.Fatal(err)
		}
		s := d.Schemes[c.scheme]
		if s.Type != c.kind || s.Description != c.desc || strings.Join(d.Challenges, "|") != c.chall || len(d.Alternatives[0].Requirement) != 1 {
			t.Errorf("%s: got %+v", name, d)
		}
	}
	one, twin, other := newIssuer(t, jwtauth.Config{}), newIssuer(t, jwtauth.Config{Leeway: time.Second}), newIssuer(t, jwtauth.Config{Secret: []byte(strings.Repeat("z", 32))})
	if _, err := auth.Compile(auth.AnyOf(one.Header(), twin.Header()), "GET"); err != nil {
		t.Errorf("one name for the same keys: %v", err)
	}
	if _, err := auth.Compile(auth.AnyOf(one.Header(), other.Header()), "GET"); err == nil {
		t.Error("one name for two secrets: got nil")
	}
	if one.Header() != one.Header() {
		t.Error("Header is not always the same authenticator")
	}
}

func TestParseKey(t *testing.T) {
	rsaKey, _ := rsa.GenerateKey(rand.Reader, 2048)
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	must := func(der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for kind, der := range map[string][]byte{
		"PRIVATE KEY": must(x509.MarshalPKCS8PrivateKey(ed)), "RSA PRIVATE KEY": x509.MarshalPKCS1PrivateKey(rsaKey),
		"EC PRIVATE KEY": must(x509.MarshalECPrivateKey(p256)), "PUBLIC KEY": must(x509.MarshalPKIXPublicKey(&p256.PublicKey)),
		"RSA PUBLIC KEY": x509.MarshalPKCS1PublicKey(&rsaKey.PublicKey),
		"CERTIFICATE":    must(x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: rsaKey.N}, &x509.Certificate{SerialNumber: rsaKey.N}, p256.Public(), p256)),
	} {
		k, err := jwtauth.ParseKey(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
		if err != nil || (k.Private != nil) != strings.Contains(kind, "PRIVATE") || (k.Public != nil) == (k.Private != nil) {
			t.Errorf("%s: got %+v, %v", kind, k, err)
		}
		if _, err := jwtauth.New(people(t), jwtauth.Config{Keys: []jwtauth.Key{k}}).Header().Declare("GET"); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := jwtauth.ParseKey(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("x")})); err == nil {
			t.Errorf("%s with junk: got nil", kind)
		}
	}
	for _, text := range []string{"", "junk", "-----BEGIN X-----\n-----END X-----\n"} {
		if _, err := jwtauth.ParseKey([]byte(text)); err == nil {
			t.Errorf("%q: got nil", text)
		}
	}
}
