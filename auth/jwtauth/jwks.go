package jwtauth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jwk is a public key as RFC 7517 §4, RFC 7518 §6 and RFC 8037 §2 write it.
type jwk struct {
	Type      string    `json:"kty"`
	ID        string    `json:"kid,omitempty"`
	Use       string    `json:"use,omitempty"`
	KeyOps    []string  `json:"key_ops,omitempty"`
	Algorithm Algorithm `json:"alg,omitempty"`
	Curve     string    `json:"crv,omitempty"`
	N         string    `json:"n,omitempty"`
	E         string    `json:"e,omitempty"`
	X         string    `json:"x,omitempty"`
	Y         string    `json:"y,omitempty"`
}

type jwkSet[K any] struct {
	Keys []K `json:"keys"`
}

// JWKS serves the public keys of the issuer as a JSON Web Key Set (RFC 7517 §5), with which
// other services check its tokens. It has only keys with Private: no secrets, and no keys that
// only check tokens, which belong to other issuers. Give each key an ID, because the services
// notice a new key by its ID.
//
// Services fetch the set when they see a new ID; a [Remote] does so at most once a minute. To
// rotate, first put the new key after the present one. When the services have it, after
// RemoteConfig.MaxAge, which is an hour by default, put it first. Keep the old key, with
// Private, until its last refresh token has expired. Each step needs a restart.
//
//	rest.Mount{Path: "/.well-known/jwks.json", Auth: auth.Public, Handler: tokens.JWKS()}
func (i *Issuer[U]) JWKS() http.Handler {
	set := jwkSet[jwk]{Keys: []jwk{}}
	for _, k := range i.keys.keys {
		if published, ok := k.publish(); ok && k.canSign() {
			set.Keys = append(set.Keys, published)
		}
	}
	body, err := json.Marshal(set)
	if err != nil {
		panic("jwtauth: texts do not marshal: " + err.Error())
	}
	digest := sha256.Sum256(body)
	tag := `"` + base64.RawURLEncoding.EncodeToString(digest[:12]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		h.Set("Content-Type", "application/jwk-set+json")
		h.Set("Cache-Control", "public, max-age=300")
		h.Set("ETag", tag)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}

// publish returns the public part of a key; false: there is none.
func (k *key) publish() (jwk, bool) {
	text := base64.RawURLEncoding.EncodeToString
	out := jwk{ID: k.id, Use: "sig", Algorithm: k.algorithm}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		out.Type, out.N, out.E = "RSA", text(public.N.Bytes()), text(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			return jwk{}, false
		}
		size := (len(point) - 1) / 2
		out.Type, out.Curve, out.X, out.Y = "EC", public.Curve.Params().Name, text(point[1:1+size]), text(point[1+size:])
	case ed25519.PublicKey:
		out.Type, out.Curve, out.X = "OKP", "Ed25519", text(public)
	default:
		return jwk{}, false
	}
	return out, true
}

// maxRemoteKeys is how many keys a set may have.
const maxRemoteKeys = 100

// parseSet reads the keys of a set that check signatures. It ignores all others, as RFC 7517 §5
// demands for unknown kinds, and symmetric keys, which are not secret once they are published.
//
// A key with alg is used for that algorithm if it is accepted, and one without alg for each
// accepted algorithm that fits it. If accepted is empty, a key without alg is used for its
// usual algorithm.
func parseSet(text []byte, accepted []Algorithm) ([]*key, error) {
	var set jwkSet[jsontext.Value]
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("jwtauth: a JSON Web Key Set: %w", err)
	}
	if len(set.Keys) > maxRemoteKeys {
		return nil, fmt.Errorf("jwtauth: a JSON Web Key Set of %d keys, want at most %d", len(set.Keys), maxRemoteKeys)
	}
	var keys []*key
	for _, text := range set.Keys {
		var published jwk
		if json.Unmarshal(text, &published) != nil || !published.verifies() {
			continue
		}
		public, err := published.public()
		if err != nil {
			continue
		}
		for _, algorithm := range published.algorithms(accepted) {
			compiled, err := compileKey(Key{ID: published.ID, Algorithm: algorithm, Public: public}, false)
			if err != nil {
				continue
			}
			keys = append(keys, compiled)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("jwtauth: a JSON Web Key Set without a key that can check signatures")
	}
	return keys, nil
}

// verifies reports whether a key is for checking signatures (RFC 7517 §4.2, §4.3).
func (j *jwk) verifies() bool {
	return (j.Use == "" || j.Use == "sig") && (j.KeyOps == nil || slices.Contains(j.KeyOps, "verify"))
}

// algorithms are those that a key is used for, as far as they fit it.
func (j *jwk) algorithms(accepted []Algorithm) []Algorithm {
	switch {
	case len(accepted) == 0:
		return []Algorithm{j.Algorithm} // empty: the usual one
	case j.Algorithm == "":
		return accepted
	case slices.ContainsFunc(accepted, func(a Algorithm) bool { return a.canonical() == j.Algorithm.canonical() }):
		return []Algorithm{j.Algorithm}
	}
	return nil
}

func (j *jwk) public() (any, error) {
	x, err := base64url.DecodeString(j.X)
	if err != nil {
		return nil, err
	}
	switch j.Type {
	case "RSA":
		n, errN := base64url.DecodeString(j.N)
		e, errE := base64url.DecodeString(j.E)
		if err := errors.Join(errN, errE); err != nil {
			return nil, err
		}
		exponent := new(big.Int).SetBytes(e)
		if !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 || len(n) > 2048 {
			return nil, errors.New("an RSA key that is too large, or has no good exponent")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(exponent.Int64())}, nil
	case "EC":
		curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[j.Curve]
		y, err := base64url.DecodeString(j.Y)
		if err != nil || curve == nil {
			return nil, errors.New("an unknown curve, or bad coordinates")
		}
		if size := (curve.Params().BitSize + 7) / 8; len(x) != size || len(y) != size { // RFC 7518 §6.2.1.2
			return nil, errors.New("coordinates of another length than the curve's")
		}
		return ecdsa.ParseUncompressedPublicKey(curve, append(append([]byte{4}, x...), y...))
	case "OKP":
		if j.Curve != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return nil, errors.New("an unknown curve, or a bad key")
		}
		return ed25519.PublicKey(x), nil
	}
	return nil, errors.New("an unknown kind of key")
}
