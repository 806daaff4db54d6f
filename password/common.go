package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"slices"
	"strings"
	"sync"
)

// packed holds common passwords of 8 or more characters, sorted, one a line. See
// common/README.md for the source and the licence.
//
//go:embed common/passwords.txt.gz
var packed []byte

// commonPasswords is unpacked at its first use, by a sign-up or a change.
var commonPasswords = sync.OnceValue(func() []string {
	text, err := unpack(packed)
	if err != nil {
		panic("password: common/passwords.txt.gz: " + err.Error())
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
})

func unpack(data []byte) (string, error) {
	lines, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	_, err = io.Copy(&text, lines) //nolint:gosec // G110: our own file
	return text.String(), err
}

// isCommon looks a password up, without regard to case and to space around it
// (password_validation.py:CommonPasswordValidator.validate).
func isCommon(password string) bool {
	_, found := slices.BinarySearch(commonPasswords(), strings.ToLower(strings.TrimSpace(password)))
	return found
}
