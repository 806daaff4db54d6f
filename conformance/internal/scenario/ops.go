package scenario

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/sha256" // the hashes that tokens are signed with
	_ "crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
)

// operation has the fields of all operations.
type operation struct {
	Save string

	Alg        string
	Secret     *string
	Header     map[string]any
	RawHeader  *string `json:"raw_header"`
	Claims     any
	RawPayload *string `json:"raw_payload"`

	Token, How string
	Capture    map[string]string

	User, Password, Charset string
	Hex                     string
	Text                    string
	Times                   int
	Value                   string

	Clear  bool
	Delete string
	Set    map[string]string
	Path   string

	Values []string
}

// operate runs a step of the runner's own, and returns differences.
func (s *Session) operate(step *Step) ([]string, error) {
	op := operation{Alg: "HS256", Path: "/"}
	raw := step.raw
	if step.Op == "csrf_mask" { // its secret is a value, not a name
		var mask struct{ Secret, Save string }
		if err := decode(raw, &mask); err != nil {
			return nil, err
		}
		s.vars[mask.Save] = maskCSRF(s.fillText(mask.Secret))
		return nil, nil
	}
	if err := decode(raw, &op); err != nil {
		return nil, err
	}
	switch step.Op {
	case "mint":
		s.vars[op.Save] = s.mint(&op)
	case "tamper":
		token, err := s.tamper(&op)
		s.vars[op.Save] = token
		return nil, err
	case "jwt":
		return s.inspect(&op)
	case "set":
		s.vars[op.Save] = s.fillText(op.Value)
	case "basic":
		text := op.User + ":" + op.Password
		if op.Charset == "latin-1" {
			text = latin1(text)
		}
		s.vars[op.Save] = base64.StdEncoding.EncodeToString([]byte(text))
	case "b64":
		raw, err := hex.DecodeString(op.Hex)
		s.vars[op.Save] = base64.StdEncoding.EncodeToString(raw)
		return nil, err
	case "repeat":
		s.vars[op.Save] = strings.Repeat(op.Text, op.Times)
	case "cookie":
		if op.Clear {
			clear(s.jar)
		}
		delete(s.jar, op.Delete)
		for name, value := range op.Set {
			s.jar[name] = jarCookie{s.fillText(value), op.Path}
		}
	case "same", "differ":
		left, right := s.fillText(op.Values[0]), s.fillText(op.Values[1])
		if (left == right) != (step.Op == "same") {
			return []string{fmt.Sprintf("%s: %q and %q", step.Op, left, right)}, nil
		}
	default:
		return nil, fmt.Errorf("unknown operation %q", step.Op)
	}
	return nil, nil
}

func latin1(text string) string {
	var out []byte
	for _, r := range text {
		out = append(out, byte(r))
	}
	return string(out)
}

func (s *Session) mint(op *operation) string {
	header := map[string]any{"alg": op.Alg, "typ": "JWT"}
	for name, value := range op.Header {
		if header[name] = value; value == nil {
			delete(header, name)
		}
	}
	head := encodeJSON(header)
	if op.RawHeader != nil {
		head = []byte(*op.RawHeader)
	}
	payload := encodeJSON(s.fill(op.Claims))
	if op.RawPayload != nil {
		payload = []byte(*op.RawPayload)
	}
	input := encode64(head) + "." + encode64(payload)
	secret := s.env.Secrets["default"]
	if op.Secret != nil {
		secret = *op.Secret
		if named, ok := s.env.Secrets[secret]; ok {
			secret = named
		}
	}
	var signature []byte
	switch op.Alg {
	case "HS256", "HS384", "HS512":
		hash := map[string]crypto.Hash{"HS256": crypto.SHA256, "HS384": crypto.SHA384, "HS512": crypto.SHA512}[op.Alg]
		mac := hmac.New(hash.New, []byte(secret))
		mac.Write([]byte(input))
		signature = mac.Sum(nil)
	case "RS256":
		signature = s.signRSA([]byte(input))
	}
	return input + "." + encode64(signature)
}

func encode64(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// signRSA is PKCS #1 v1.5 with SHA-256, from modulus and exponent alone.
func (s *Session) signRSA(message []byte) []byte {
	n, _ := new(big.Int).SetString(s.env.RSA.N, 0)
	d, _ := new(big.Int).SetString(s.env.RSA.D, 0)
	hash := crypto.SHA256.New()
	hash.Write(message)
	tail, _ := hex.DecodeString("3031300d060960864801650304020105000420")
	tail = hash.Sum(tail)
	size := (n.BitLen() + 7) / 8
	block := append([]byte{0, 1}, strings.Repeat("\xff", size-len(tail)-3)...)
	block = append(append(block, 0), tail...)
	return new(big.Int).Exp(new(big.Int).SetBytes(block), d, n).FillBytes(make([]byte, size))
}

const urlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// other returns a character that differs from c.
func other(c, one, two byte) string {
	if c == one {
		return string(two)
	}
	return string(one)
}

func (s *Session) tamper(op *operation) (string, error) {
	token := s.fillText(op.Token)
	switch op.How {
	case "flip_char":
		return other(token[0], 'a', 'b') + token[1:], nil
	case "upper":
		return strings.ToUpper(token), nil
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", fmt.Errorf("tamper: %q is not a token", token)
	}
	switch op.How {
	case "flip_signature":
		parts[2] = other(parts[2][0], 'A', 'B') + parts[2][1:]
	case "flip_payload":
		parts[1] = parts[1][:5] + other(parts[1][5], 'A', 'B') + parts[1][6:]
	case "empty_signature":
		parts[2] = ""
	case "drop_signature":
		parts = parts[:2]
	case "extra_segment":
		parts = append(parts, "extra")
	case "replace_claims":
		claims, err := segment(parts[1])
		if err != nil {
			return "", err
		}
		more, _ := s.fill(op.Claims).(map[string]any)
		parts[1] = encode64(encodeJSON(union(claims, more)))
	case "replace_header":
		parts[0] = encode64(encodeJSON(op.Header))
	case "pad_signature":
		parts[2] += "="
	case "bang_signature":
		parts[2] += "!!!!"
	case "std_alphabet_signature":
		parts[2] = strings.NewReplacer("-", "+", "_", "/").Replace(parts[2])
	case "noncanonical_signature":
		last := len(parts[2]) - 1
		parts[2] = parts[2][:last] + string(urlAlphabet[strings.IndexByte(urlAlphabet, parts[2][last])^1])
	default:
		return "", fmt.Errorf("unknown way to tamper: %q", op.How)
	}
	return strings.Join(parts, "."), nil
}

func segment(text string) (map[string]any, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, decode(raw, &out)
}

// inspect looks into a token without verifying it.
func (s *Session) inspect(op *operation) ([]string, error) {
	parts := strings.Split(s.fillText(op.Token), ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%q is not a token", op.Token)
	}
	head, err := segment(parts[0])
	if err != nil {
		return nil, err
	}
	claims, err := segment(parts[1])
	if err != nil {
		return nil, err
	}
	var out []string
	if op.Header != nil {
		out = append(out, s.match(op.Header, head, "jwt header")...)
	}
	if op.Claims != nil {
		out = append(out, s.match(op.Claims, claims, "jwt claims")...)
	}
	for name, claim := range op.Capture {
		s.vars[name] = claims[claim]
		if number, ok := claims[claim].(json.Number); ok {
			s.vars[name] = number
		}
	}
	return out, nil
}

const csrfAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// maskCSRF is Django's mask of a CSRF secret (middleware/csrf.py, _mask_cipher_secret).
func maskCSRF(secret string) string {
	mask, cipher := make([]byte, len(secret)), make([]byte, len(secret))
	for i := range secret {
		m := rand.IntN(len(csrfAlphabet))
		mask[i] = csrfAlphabet[m]
		cipher[i] = csrfAlphabet[(strings.IndexByte(csrfAlphabet, secret[i])+m)%len(csrfAlphabet)]
	}
	return string(mask) + string(cipher)
}
