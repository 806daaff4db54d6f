package jwtauth

import (
	"crypto/sha256"
	"slices"
	"strings"
	"sync"

	"github.com/go-modern-rest/rest/auth"
)

// maxToken is the length of the longest token in bytes. It is checked before a token is split or
// decoded.
const maxToken = 16 << 10

// refusals are all refusals of this package, which refuse and refuseWith make.
var refusals []*auth.Error

// refuse makes a refusal at start, so that refusing a token allocates nothing.
func refuse(reason string) *auth.Error {
	return refuseWith(auth.Error{}, reason)
}

// refuseWith is refuse with another status and message.
func refuseWith(e auth.Error, reason string) *auth.Error {
	e.Err = auth.Reason(reason)
	refusals = append(refusals, &e)
	return &e
}

// Refusals. All have the same reply; their reasons are for logs and events.
var (
	errSize      = refuse("jwt: longer than 16 KiB")
	errForm      = refuse("jwt: not three segments of unpadded base64url")
	errHeader    = refuse("jwt: the header is not a JSON object with distinct names")
	errAlgorithm = refuse("jwt: no key for this algorithm and kid")
	errCritical  = refuse("jwt: the header demands an extension that we do not know")
	errSignature = refuse("jwt: bad signature")
)

// keyring finds the keys that may have signed a token, and checks its signature.
type keyring struct {
	keys   []*key
	direct map[string]*key // by whole header segment, where it names one key
}

func newKeyring(keys []*key) *keyring {
	ring := &keyring{keys: keys, direct: map[string]*key{}}
	for _, k := range keys {
		if candidates := ring.candidates(k.algorithm, k.id, k.id != ""); len(candidates) == 1 {
			ring.direct[k.header] = k
		}
	}
	return ring
}

// candidates returns the keys for an algorithm and a kid, see [Config].Keys. EdDSA and Ed25519
// are two names of one algorithm (RFC 9864 §2.2) here, because all keys are Ed25519.
func (ring *keyring) candidates(algorithm Algorithm, id string, named bool) []*key {
	var exact, anonymous, all []*key
	for _, k := range ring.keys {
		if k.algorithm.canonical() != algorithm.canonical() {
			continue
		}
		all = append(all, k)
		switch k.id {
		case "":
			anonymous = append(anonymous, k)
		case id:
			exact = append(exact, k)
		}
	}
	switch {
	case !named:
		return all
	case exact != nil:
		return exact
	}
	return anonymous
}

// fingerprint is equal for the same keys in any order. It distinguishes two sources.
func (ring *keyring) fingerprint() [sha256.Size]byte {
	var sums []string
	for _, k := range ring.keys {
		sum := k.fingerprint()
		sums = append(sums, string(sum[:]))
	}
	slices.Sort(sums)
	return sha256.Sum256([]byte(strings.Join(slices.Compact(sums), "")))
}

// scratch is the memory for one verification.
type scratch struct {
	token, decoded []byte
	sum            [64]byte
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// signedToken is what is read of a token after its signature was checked.
type signedToken struct {
	typ     string // of the header, as JSON; empty: none
	payload string
}

// verify checks form and signature.
func (ring *keyring) verify(token string) (signedToken, *auth.Error) {
	if len(token) > maxToken {
		return signedToken{}, errSize
	}
	first, last := strings.IndexByte(token, '.'), strings.LastIndexByte(token, '.')
	if first < 0 || first == last || strings.IndexByte(token[first+1:last], '.') >= 0 ||
		strings.IndexByte(token, '\n') >= 0 || strings.IndexByte(token, '\r') >= 0 { // which the decoder would skip
		return signedToken{}, errForm
	}
	tmp := scratches.Get().(*scratch)
	defer scratches.Put(tmp)
	tmp.token = append(tmp.token[:0], token...)

	var err error
	if tmp.decoded, err = base64url.AppendDecode(tmp.decoded[:0], tmp.token[last+1:]); err != nil {
		return signedToken{}, errForm
	}
	typ, refusal := ring.signed(tmp, first, last)
	if refusal != nil {
		return signedToken{}, refusal
	}
	if tmp.decoded, err = base64url.AppendDecode(tmp.decoded[:0], tmp.token[first+1:last]); err != nil {
		return signedToken{}, errForm
	}
	return signedToken{typ, string(tmp.decoded)}, nil
}

// signed checks the signature in tmp.decoded, and returns the typ of the header.
func (ring *keyring) signed(tmp *scratch, first, last int) (typ string, refusal *auth.Error) {
	if k, ok := ring.direct[string(tmp.token[:first])]; ok {
		if !k.verify(tmp.token[:last], tmp.decoded, tmp.sum[:]) {
			return "", errSignature
		}
		return `"JWT"`, nil // the header is one that this package writes
	}
	h, refusal := parseHeader(tmp.token[:first])
	if refusal != nil {
		return "", refusal
	}
	candidates := ring.candidates(h.algorithm, h.id, h.named)
	for _, k := range candidates {
		if k.verify(tmp.token[:last], tmp.decoded, tmp.sum[:]) {
			return h.typ, nil
		}
	}
	if len(candidates) == 0 {
		return "", errAlgorithm
	}
	return "", errSignature
}

// joseHeader is what is read of a JOSE header.
type joseHeader struct {
	algorithm Algorithm
	id        string
	named     bool
	typ       string // as JSON; empty: none
}

// parseHeader reads a JOSE header (RFC 7515 §4). It ignores all members but alg, kid, typ and
// crit; in particular a key in the token, which proves nothing.
func parseHeader(segment []byte) (h joseHeader, refusal *auth.Error) {
	header, err := base64url.DecodeString(string(segment))
	if err != nil {
		return h, errForm
	}
	var o object
	if !o.parse(string(header)) {
		return h, errHeader
	}
	for name, raw := range o.all() {
		switch name {
		case "alg":
			value, ok := unquote(raw)
			if !ok {
				return h, errAlgorithm
			}
			h.algorithm = Algorithm(value)
		case "kid":
			if h.id, h.named = unquote(raw); !h.named {
				return h, errHeader
			}
		case "typ":
			h.typ = raw
		case "crit", "b64", "zip", "enc":
			return h, errCritical
		}
	}
	return h, nil
}
