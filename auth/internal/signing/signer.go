package signing

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// MaxInflated is the largest compressed payload that is read, in bytes after
// inflation. Python has no limit, so that a row of a few hundred kilobytes can fill the memory.
const MaxInflated = 4 << 20

// compressFrom is the size in bytes from which a payload is compressed. Django compresses small ones
// as well, but inflating them at each read takes more time than the saved space is worth. Both
// programs read both.
const compressFrom = 1 << 10

// ErrSignature means that none of the keys made the signature.
var ErrSignature = errors.New("signing: signature does not match")

// ErrPayload means that the signature is right, but the payload cannot be read.
var ErrPayload = errors.New("signing: payload cannot be read")

// Signer signs with the first key and accepts the signatures of all: Django's
// SECRET_KEY and SECRET_KEY_FALLBACKS.
type Signer struct{ macs []*MAC }

// NewSigner makes the signer of a salt.
func NewSigner(salt string, keys ...[]byte) *Signer {
	s := &Signer{}
	for _, key := range keys {
		s.macs = append(s.macs, NewMAC(salt+"signer", key))
	}
	return s
}

// Sign returns value:signature (core/signing.py:Signer.sign).
func (s *Signer) Sign(value string) string { return value + ":" + s.macs[0].Base64(value) }

// Unsign returns the value of value:signature.
func (s *Signer) Unsign(signed string) (string, error) {
	value, signature, found := cutLast(signed)
	if !found {
		return "", ErrSignature
	}
	for _, mac := range s.macs {
		if mac.EqualBase64(value, signature) {
			return value, nil
		}
	}
	return "", ErrSignature
}

// Dump signs a payload and the time (core/signing.py:dumps).
func (s *Signer) Dump(payload []byte, now time.Time) string {
	text := ""
	if small, ok := deflate(payload); ok {
		payload, text = small, "."
	}
	return s.Sign(text + base64.RawURLEncoding.EncodeToString(payload) + ":" + base62(now.Unix()))
}

// Load returns the payload of a text that Dump or Django's dumps wrote. It does not check the age,
// because sessions have an expiry of their own (SessionBase.decode).
func (s *Signer) Load(signed string) ([]byte, error) {
	value, err := s.Unsign(signed)
	if err != nil {
		return nil, err
	}
	value, _, found := cutLast(value)
	if !found {
		return nil, fmt.Errorf("%w: no time in it", ErrPayload)
	}
	text, compressed := strings.CutPrefix(value, ".")
	payload, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil && compressed {
		payload, err = inflate(payload)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	return payload, nil
}

// Time returns when Dump or Django's dumps wrote a text, to the second. It does not check the
// signature: only call it for a text that Load accepted.
func Time(signed string) (time.Time, bool) {
	value, _, _ := cutLast(signed)
	_, text, found := cutLast(value)
	n, ok := parseBase62(text)
	if !found || !ok {
		return time.Time{}, false
	}
	return time.Unix(n, 0), true
}

// cutLast is strings.Cut around the last colon.
func cutLast(text string) (before, after string, found bool) {
	if at := strings.LastIndexByte(text, ':'); at >= 0 {
		return text[:at], text[at+1:], true
	}
	return text, "", false
}

// deflate compresses a payload if that makes it shorter.
func deflate(payload []byte) ([]byte, bool) {
	if len(payload) < compressFrom {
		return nil, false
	}
	var small bytes.Buffer
	w := zlib.NewWriter(&small)
	if _, err := w.Write(payload); err != nil || w.Close() != nil {
		return nil, false // does not happen with a Buffer; uncompressed is right as well
	}
	return small.Bytes(), small.Len() < len(payload)-1
}

// inflater reads zlib. It has a window of 40 kB, so it is used again.
type inflater struct {
	source  bytes.Reader
	zlib    io.ReadCloser // nil: it has read nothing yet
	limited io.LimitedReader
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

func inflate(payload []byte) ([]byte, error) {
	f := inflaters.Get().(*inflater)
	inflated, err := f.read(payload)
	f.source.Reset(nil) // keeps no session
	inflaters.Put(f)
	if err == nil && len(inflated) > MaxInflated {
		err = fmt.Errorf("more than %d bytes after inflation", MaxInflated)
	}
	return inflated, err
}

func (f *inflater) read(payload []byte) (_ []byte, err error) {
	f.source.Reset(payload)
	if f.zlib == nil {
		f.zlib, err = zlib.NewReader(&f.source)
	} else {
		err = f.zlib.(zlib.Resetter).Reset(&f.source, nil)
	}
	if err != nil {
		return nil, err
	}
	f.limited = io.LimitedReader{R: f.zlib, N: MaxInflated + 1}
	return io.ReadAll(&f.limited)
}

const base62Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// parseBase62 reads what base62 wrote.
func parseBase62(text string) (int64, bool) {
	digits, negative := strings.CutPrefix(text, "-")
	if digits == "" || len(digits) > 10 { // ten digits cannot overflow
		return 0, false
	}
	n := int64(0)
	for i := range len(digits) {
		digit := strings.IndexByte(base62Digits, digits[i])
		if digit < 0 {
			return 0, false
		}
		n = 62*n + int64(digit)
	}
	if negative {
		n = -n
	}
	return n, true
}

// base62 writes a time as core/signing.py:b62_encode does.
func base62(n int64) string {
	if n == 0 {
		return "0"
	}
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	var text [16]byte
	at := len(text)
	for ; n > 0; n /= 62 {
		at--
		text[at] = base62Digits[n%62]
	}
	return sign + string(text[at:])
}
