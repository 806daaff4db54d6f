package jwtauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"hash"
	"math/big"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// key is a Key that is prepared for verifying and signing.
type key struct {
	id        string
	algorithm Algorithm
	spec
	secret  []byte
	private crypto.Signer
	public  crypto.PublicKey
	header  string    // the header segment of what it signs
	macs    sync.Pool // of hash.Hash, keyed: Reset keeps the key's state
}

var base64url = base64.RawURLEncoding.Strict()

func (k *key) prepare() {
	header := append([]byte(`{"alg":"`), k.algorithm...)
	header = append(header, `","typ":"JWT"`...)
	if k.id != "" {
		header = append(header, `,"kid":`...)
		header, _ = jsontext.AppendQuote(header, k.id)
	}
	k.header = base64url.EncodeToString(append(header, '}'))
	k.macs.New = func() any { return hmac.New(k.hash.New, k.secret) }
}

func (k *key) canSign() bool { return k.secret != nil || k.private != nil }

// fingerprint distinguishes keys without revealing them.
func (k *key) fingerprint() [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte("jwtauth key\x00" + string(k.algorithm) + "\x00"))
	switch public := k.public.(type) {
	case nil:
		h.Write(k.secret)
	case *rsa.PublicKey:
		h.Write(public.N.Bytes())
	case *ecdsa.PublicKey:
		point, _ := public.Bytes() // a point that is not on the curve verifies nothing
		h.Write(point)
	case ed25519.PublicKey:
		h.Write(public)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// verify reports whether a signature fits. sum is scratch space for a MAC.
func (k *key) verify(input, signature, sum []byte) bool {
	switch k.family {
	case 'H':
		mac := k.macs.Get().(hash.Hash)
		mac.Reset()
		mac.Write(input)
		ok := hmac.Equal(mac.Sum(sum[:0]), signature)
		k.macs.Put(mac)
		return ok
	case 'R':
		return rsa.VerifyPKCS1v15(k.public.(*rsa.PublicKey), k.hash, k.digest(input), signature) == nil
	case 'P':
		return rsa.VerifyPSS(k.public.(*rsa.PublicKey), k.hash, k.digest(input), signature, k.pss()) == nil
	case 'E':
		size := (k.curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(k.public.(*ecdsa.PublicKey), k.digest(input), r, s)
	default:
		return ed25519.Verify(k.public.(ed25519.PublicKey), input, signature)
	}
}

func (k *key) digest(input []byte) []byte {
	h := k.hash.New()
	h.Write(input)
	return h.Sum(nil)
}

// pss has a salt as long as the hash (RFC 7518 §3.5).
func (k *key) pss() *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: k.hash}
}

// sign returns the compact serialization of a payload (RFC 7515 §3.1).
func (k *key) sign(payload []byte) (string, error) {
	token := make([]byte, 0, len(k.header)+base64url.EncodedLen(len(payload))+512)
	token = append(append(token, k.header...), '.')
	token = base64url.AppendEncode(token, payload)
	signature, err := k.signature(token)
	if err != nil {
		return "", err
	}
	return string(base64url.AppendEncode(append(token, '.'), signature)), nil
}

func (k *key) signature(input []byte) ([]byte, error) {
	switch k.family {
	case 'H':
		mac := hmac.New(k.hash.New, k.secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	case 'R':
		return k.private.Sign(rand.Reader, k.digest(input), k.hash)
	case 'P':
		return k.private.Sign(rand.Reader, k.digest(input), k.pss())
	case 'E':
		der, err := k.private.Sign(rand.Reader, k.digest(input), k.hash)
		if err != nil {
			return nil, err
		}
		return k.fixed(der)
	default:
		return k.private.Sign(rand.Reader, input, crypto.Hash(0))
	}
}

// fixed turns the ASN.1 form of an ECDSA signature into RFC 7518 §3.4's: both
// numbers, as long as the curve's field.
func (k *key) fixed(der []byte) ([]byte, error) {
	var numbers struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &numbers)
	size := (k.curve.Params().BitSize + 7) / 8
	if err != nil || len(rest) > 0 || numbers.R.BitLen() > 8*size || numbers.S.BitLen() > 8*size {
		return nil, errors.New("jwtauth: the private key gave a signature that is not ECDSA's")
	}
	out := make([]byte, 2*size)
	numbers.R.FillBytes(out[:size])
	numbers.S.FillBytes(out[size:])
	return out, nil
}
