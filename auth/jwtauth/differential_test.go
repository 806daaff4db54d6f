package jwtauth_test

import (
	stdjson "encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/go-modern-rest/rest/auth"
)

// FuzzVerify signs any header and payload, and compares the verdict with that of go-jose. It
// is the same, or stricter for a reason in stricter.
func FuzzVerify(f *testing.F) {
	for _, seed := range [][2]string{
		{header, accepted()},
		{`{"typ":"JWT","alg":"HS256"}`, typical},
		{`{"alg":"HS256"}`, accepted("nbf", "1790000000")},
		{`{"alg":"HS256","crit":["exp"]}`, typical},
		{`{"alg":"HS256","alg":"none"}`, typical},
		{`{"ALG":"HS256"}`, accepted("EXP", "99999999999")},
		{`{"alg":"HS256","kid":"a","x":{"y":[1,{"z":null}]}}`, accepted("exp", "1790000000.5")},
		{`{"alg":"HS256","jwk":{"kty":"oct","k":"AA"},"typ":5}`, accepted("exp", "1e400")},
		{`{"alg":"HS256","b64":false,"zip":"DEF","enc":"A"}`, accepted("iat", "1e10")},
		{header, accepted("exp", "null", "nbf", "null")},
		{header, accepted("iat", "1790000001")},
		{header, accepted("nbf", "1790000001")},
		{header, accepted("exp", "1790000000")},
		{header, accepted("exp", "99999999999999")},
		{header, accepted("extras", "null", "type", `"access"`)},
		{header, accepted("extras", `{"type":"access","type":"refresh"}`)},
		{header, accepted("extras", `{"type":"refresh"}`, "type", `"access"`)},
		{header, accepted("aud", `["a","notes",3]`)},
		{header, accepted("aud", `["a","notes"]`, "jti", "7", "sub", "7")},
		{header, accepted("roles", `["\u00e9","\ud800"]`, "a", "\"\xff\"")},
		{header, accepted("address", `{"street":{"name":"x","no":[1,2,{"a":[[[[[[[[[[1]]]]]]]]]]}]}}`, "email", `"a\/b@example.com"`)},
	} {
		f.Add(seed[0], seed[1])
	}
	for _, one := range stricter {
		f.Add(one.head, one.payload)
	}
	ours := typicalIssuer(f)
	f.Fuzz(func(t *testing.T, head, payload string) {
		token := mint(head, payload)
		_, _, err := ours.Verify(t.Context(), token)
		theirs := joseVerify(token)
		switch {
		case (err == nil) == (theirs == nil):
		case err == nil:
			t.Errorf("%s.%s: we accept it, go-jose says %v", head, payload, theirs)
		default:
			refusal, _ := errors.AsType[*auth.Error](err)
			if !allowed(refusal.Err.Error(), sample{token, head, payload}) {
				t.Errorf("%s.%s: go-jose accepts it, we say %v", head, payload, refusal.Err)
			}
		}
	})
}

// sample is a token and what was signed.
type sample struct{ token, head, payload string }

// stricter has the reasons for which this package refuses a token that go-jose accepts, an
// example of each, and whether the reason is true of a token.
var stricter = []struct {
	reason, head, payload string
	holds                 func(sample) bool
}{
	// RFC 8725 §2.4, §3.12: a text must mean the same to every program. go-jose ignores invalid
	// UTF-8, surrogates without a pair, and equal names in members that it does not read.
	{"jwt: the header is not a JSON object with distinct names", "{\"alg\":\"HS256\",\"x\":\"\xff\"}", typical,
		func(s sample) bool { return !isObject(s.head) }},
	{"jwt: the payload is not a JSON object with distinct names", header, accepted("name", "\"\xff\""),
		func(s sample) bool { return !isObject(s.payload) }},
	// RFC 7515 §4.1.11, RFC 7797: extensions that change what a token means.
	{"jwt: the header demands an extension that we do not know", `{"alg":"HS256","zip":"DEF"}`, typical, func(s sample) bool {
		m := membersOf(s.head)
		return m["crit"] != nil || m["b64"] != nil || m["zip"] != nil || m["enc"] != nil
	}},
	// RFC 7519 §4.1.4: a token is not accepted on its exp. go-jose accepts it in that second.
	{"jwt: expired", header, accepted("exp", "1790000000.5"), func(s sample) bool {
		exp, ok := number(membersOf(s.payload)["exp"])
		return ok && math.Trunc(exp) == float64(now.Unix())
	}},
	// go-jose takes null for a date that is missing, and dates after the year 9999.
	{"jwt: exp, iat or nbf is not a date", header, accepted("nbf", "null"), func(s sample) bool {
		for _, name := range []string{"exp", "iat", "nbf"} {
			raw := membersOf(s.payload)[name]
			if date, ok := number(raw); raw != nil && (!ok || math.Abs(date) > 253_402_300_799) {
				return true
			}
		}
		return false
	}},
	// go-jose takes null for a text or an object that is missing.
	{"jwt: jti is not a text", header, accepted("jti", "null"), func(s sample) bool { return string(membersOf(s.payload)["jti"]) == "null" }},
	{"jwt: extras is not an object", header, accepted("type", `"access"`, "extras", "null"),
		func(s sample) bool { return string(membersOf(s.payload)["extras"]) == "null" }},
	{"jwt: a token of another type", header, accepted("type", "null"), func(s sample) bool { return string(membersOf(s.payload)["type"]) == "null" }},
	{"jwt: longer than 16 KiB", header, accepted("name", `"`+strings.Repeat("a", 13<<10)+`"`), func(s sample) bool { return len(s.token) > 16<<10 }},
}

// accepted are claims that both libraries accept, unless the changes prevent it.
func accepted(changes ...string) string {
	return claims(append([]string{"iss", `"https://id.example.com"`, "aud", `"notes"`}, changes...)...)
}

func allowed(reason string, s sample) bool {
	for _, one := range stricter {
		if one.reason == reason {
			return one.holds(s)
		}
	}
	return false
}

// TestStricter: each reason is needed, and its example has no other fault.
func TestStricter(t *testing.T) {
	for _, one := range stricter {
		token := mint(one.head, one.payload)
		_, _, err := typicalIssuer(t).Verify(t.Context(), token)
		refusal, ok := errors.AsType[*auth.Error](err)
		if theirs := joseVerify(token); !ok || refusal.Err.Error() != one.reason || theirs != nil || !one.holds(sample{token, one.head, one.payload}) {
			t.Errorf("%s: we say %v, go-jose says %v", one.reason, err, theirs)
		}
	}
}

func isObject(text string) bool {
	value := jsontext.Value(text)
	return value.IsValid() && value.Kind() == '{'
}

func membersOf(object string) (m map[string]jsontext.Value) {
	_ = json.Unmarshal([]byte(object), &m)
	return m
}

func number(raw jsontext.Value) (float64, bool) {
	var f float64
	return f, len(raw) > 0 && raw.Kind() == '0' && stdjson.Unmarshal(raw, &f) == nil
}

// joseVerify checks a token as [typicalIssuer] does, with go-jose.
func joseVerify(token string) error {
	parsed, err := josejwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.HS256})
	if err != nil {
		return err
	}
	var c struct {
		josejwt.Claims
		Type   string `json:"type"`
		Extras struct {
			Type string `json:"type"`
		} `json:"extras"`
	}
	if err := parsed.Claims(secret, &c); err != nil {
		return err
	}
	if c.Type == "" {
		c.Type = c.Extras.Type
	}
	if c.Subject == "" || c.Expiry == nil || c.IssuedAt == nil || c.Type != "access" || strings.Count(token, ".") != 2 {
		return errors.New("claims")
	}
	return c.ValidateWithLeeway(josejwt.Expected{Time: now, Issuer: "https://id.example.com", AnyAudience: josejwt.Audience{"notes"}}, 0)
}
