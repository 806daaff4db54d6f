package jwtauth

import "iter"

// Unquote is unquote.
var Unquote = unquote

// Members returns the members of a JSON object and those of its extras. It reports false for any other
// text.
func Members(text string) (all, extras iter.Seq2[string, string], ok bool) {
	var o object
	ok = o.parse(text)
	return o.all(), o.extras(), ok
}

// Signed checks the signature of a token whose payload is not a set of claims, with keys
// of one's own and those of a published set, which may be nil.
func Signed(keys []Key, set []byte, token string) error {
	var compiled []*key
	for _, k := range keys {
		one, err := compileKey(k, false)
		if err != nil {
			return err
		}
		compiled = append(compiled, one)
	}
	if set != nil {
		published, err := parseSet(set, nil)
		if err != nil {
			return err
		}
		compiled = append(compiled, published...)
	}
	if _, refusal := newKeyring(compiled).verify(token); refusal != nil {
		return refusal
	}
	return nil
}
