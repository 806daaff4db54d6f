package jwtauth

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/go-modern-rest/rest/auth/internal/signing"
)

// Algorithm is a signature algorithm of JSON Web Algorithms (RFC 7518 §3.1, RFC
// 8037 §3.1). "none" is not one.
type Algorithm string

// The algorithms.
const (
	HS256 Algorithm = "HS256" // HMAC with SHA-256; also 384, 512
	HS384 Algorithm = "HS384"
	HS512 Algorithm = "HS512"
	RS256 Algorithm = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256; also 384, 512
	RS384 Algorithm = "RS384"
	RS512 Algorithm = "RS512"
	PS256 Algorithm = "PS256" // RSASSA-PSS with SHA-256; also 384, 512
	PS384 Algorithm = "PS384"
	PS512 Algorithm = "PS512"
	ES256 Algorithm = "ES256" // ECDSA with P-256 and SHA-256; also P-384, P-521
	ES384 Algorithm = "ES384"
	ES512 Algorithm = "ES512"
	EdDSA Algorithm = "EdDSA" // Ed25519

	// Ed25519 is the new name of EdDSA (RFC 9864 §2.2). Keys of either name check tokens of
	// both.
	Ed25519 Algorithm = "Ed25519"
)

// canonical returns the same name for both names of an algorithm.
func (a Algorithm) canonical() Algorithm {
	if a == Ed25519 {
		return EdDSA
	}
	return a
}

// Key checks tokens, and signs them if it has a Secret or a Private key. Set one of
// Secret, Private and Public.
type Key struct {
	// ID is the kid. It is written into the header of tokens. Empty: none.
	ID string
	// Algorithm is the only algorithm for which the key is used. Defaults to HS256 for a
	// Secret, RS256 for RSA, EdDSA for Ed25519, and for ECDSA to that of the curve.
	Algorithm Algorithm
	// Secret of an HMAC; at least as long as the MAC: 32, 48 or 64 bytes.
	Secret []byte
	// Private signs tokens: *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey, or a
	// crypto.Signer of a hardware security module.
	Private crypto.Signer
	// Public checks the tokens of another service: *rsa.PublicKey, *ecdsa.PublicKey or
	// ed25519.PublicKey.
	Public crypto.PublicKey
}

// ParseKey reads a PEM block: a private key (PKCS #8, PKCS #1 or SEC 1) becomes
// [Key].Private, a public key (PKIX or PKCS #1) or a certificate [Key].Public.
func ParseKey(text []byte) (Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Key{}, errors.New("jwtauth: ParseKey: no PEM block in the text")
	}
	var parsed any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	case "PUBLIC KEY":
		parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		parsed, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var certificate *x509.Certificate
		if certificate, err = x509.ParseCertificate(block.Bytes); err == nil {
			parsed = certificate.PublicKey
		}
	default:
		err = fmt.Errorf("a %q is not a key", block.Type)
	}
	if err != nil {
		return Key{}, fmt.Errorf("jwtauth: ParseKey: %w", err)
	}
	if private, ok := parsed.(crypto.Signer); ok {
		return Key{Private: private}, nil
	}
	return Key{Public: parsed}, nil
}

// spec describes an algorithm.
type spec struct {
	family byte // of the name: H, R, P, E or O for EdDSA
	hash   crypto.Hash
	curve  elliptic.Curve
}

func specOf(a Algorithm) (spec, bool) {
	hashes := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}
	switch a {
	case EdDSA, Ed25519:
		return spec{family: 'O'}, true
	case ES256:
		return spec{'E', crypto.SHA256, elliptic.P256()}, true
	case ES384:
		return spec{'E', crypto.SHA384, elliptic.P384()}, true
	case ES512:
		return spec{'E', crypto.SHA512, elliptic.P521()}, true
	case HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512:
		return spec{family: a[0], hash: hashes[string(a[2:])]}, true
	}
	return spec{}, false
}

// defaultAlgorithm returns the usual algorithm of a key.
func defaultAlgorithm(public crypto.PublicKey) Algorithm {
	switch public := public.(type) {
	case nil:
		return HS256
	case *rsa.PublicKey:
		return RS256
	case *ecdsa.PublicKey:
		return map[elliptic.Curve]Algorithm{elliptic.P256(): ES256, elliptic.P384(): ES384, elliptic.P521(): ES512}[public.Curve]
	case ed25519.PublicKey:
		return EdDSA
	}
	return ""
}

// compileKey checks a key and prepares it for verifying and signing.
func compileKey(k Key, insecureShort bool) (*key, error) {
	out, err := k.compile(insecureShort)
	if err == nil {
		return out, nil
	}
	name := "the key"
	if k.ID != "" {
		name = fmt.Sprintf("the key %q", k.ID)
	}
	err = fmt.Errorf("jwtauth: %s: %w", name, err)
	if errors.Is(err, errShortSecret) {
		return nil, signing.Weak(k.Secret, err)
	}
	return nil, err
}

// compile checks a key. Its errors do not name the key.
func (k Key) compile(insecureShort bool) (*key, error) {
	set := 0
	for _, is := range []bool{len(k.Secret) > 0, k.Private != nil, k.Public != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return nil, fmt.Errorf("set one of Secret, Private and Public, not %d of them", set)
	}
	public := k.Public
	if k.Private != nil {
		public = k.Private.Public()
	}
	if k.Algorithm == "" {
		k.Algorithm = defaultAlgorithm(public)
	}
	if k.Algorithm == "none" {
		return nil, errors.New(`the algorithm "none" accepts every token`)
	}
	s, ok := specOf(k.Algorithm)
	if !ok {
		return nil, fmt.Errorf("unknown algorithm %q; package jwtauth lists the known ones", k.Algorithm)
	}
	out := &key{id: k.ID, algorithm: k.Algorithm, spec: s, private: k.Private, public: public, secret: bytes.Clone(k.Secret)}
	fits, err := s.fits(k, public, insecureShort)
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, fmt.Errorf("%T does not fit the algorithm %q", public, k.Algorithm)
	}
	out.prepare()
	return out, nil
}

// errShortSecret is wrapped by the error of a secret that can be guessed.
var errShortSecret = errors.New("RFC 7518 §3.2")

// fits reports whether a public key, or the secret if there is none, is one of the
// algorithm. The error says that it is too weak, or unknown.
func (s spec) fits(k Key, public crypto.PublicKey, insecureShort bool) (bool, error) {
	switch public := public.(type) {
	case nil:
		if s.family != 'H' {
			return false, nil
		}
		if bytes.Contains(k.Secret, []byte("-----BEGIN")) {
			return false, errors.New("Secret is a PEM text, which others may know; read it with ParseKey")
		}
		if least := s.hash.Size(); len(k.Secret) < least && !insecureShort {
			return false, fmt.Errorf("Secret has %d bytes, %s needs at least %d (%w)", len(k.Secret), k.Algorithm, least, errShortSecret)
		}
		return true, nil
	case *rsa.PublicKey:
		if s.family != 'R' && s.family != 'P' {
			return false, nil
		}
		if public.N.BitLen() < 2048 && !insecureShort {
			return false, fmt.Errorf("an RSA key of %d bits, %s needs at least 2048 (RFC 7518 §3.3)", public.N.BitLen(), k.Algorithm)
		}
		return true, nil
	case *ecdsa.PublicKey:
		return s.family == 'E' && public.Curve == s.curve, nil
	case ed25519.PublicKey:
		return s.family == 'O' && len(public) == ed25519.PublicKeySize, nil
	}
	return false, fmt.Errorf("%T is not a key that package jwtauth knows", public)
}
