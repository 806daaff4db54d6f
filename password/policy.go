package password

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MinLength is the fewest characters of a new password (ASVS 5.0 6.2.1).
const MinLength = 8

// Errors of [Policy.Check]. Their texts are for the person who chose the password, and do not
// contain it.
var (
	ErrTooShort = fmt.Errorf("the password has fewer than %d characters", MinLength)
	ErrCommon   = errors.New("the password is one of the most common ones")
	ErrPersonal = errors.New("the password is little more than the user name, the e-mail address or the name of the service")
)

// Policy decides which new passwords are accepted. The zero value accepts passwords of 8
// or more characters that are neither common nor made of what is known about the user.
// It does not demand digits or punctuation; ASVS 5.0 6.2.5 forbids that.
//
// The routers of package account apply it to sign-ups and to changes of a password, see
// account.Config. A handler of your own that sets a password calls [Policy.Check], or
// AcceptPassword of account.Accounts. A Policy is safe for concurrent use.
type Policy struct {
	// Words are refused in the same way as the user's name: the name of your company or
	// of your product, for example (ASVS 5.0 6.2.11).
	Words []string
	// InsecureCommon accepts common passwords. Attackers try these first.
	InsecureCommon bool
	// InsecurePersonal accepts passwords that are made of the user's name, of the e-mail
	// address or of Words.
	InsecurePersonal bool
}

// Check returns an error if a new password is not accepted: [ErrTooShort], [ErrCommon] or
// [ErrPersonal]. personal are texts that an attacker knows about the user: the user name and
// the e-mail address. Empty ones are ignored.
//
// A password is common if it is in a list of the 8,354 most frequent ones, whatever its case
// (ASVS 5.0 6.2.4). The list is that of Django's CommonPasswordValidator.
//
// A password is personal if, once its punctuation is left out, nothing remains but a
// personal text, or a part of one. Parts are the words of a text with 3 or more
// characters, and pieces of it with 8 or more. It is also personal if, without the words,
// at most 4 characters remain, or at most 8 of which none is a letter. Case does not
// count; the text may be repeated and may be written backwards. For
// alice.smith@example.com that refuses "Alice.Smith", "htims-ecila", "alice2024!" and
// "example1987"; it accepts "alice-in-wonderland".
func (p Policy) Check(password string, personal ...string) error {
	switch {
	case utf8.RuneCountInString(password) < MinLength:
		return ErrTooShort
	case !p.InsecureCommon && isCommon(password):
		return ErrCommon
	case !p.InsecurePersonal && isPersonal(password, slices.Concat(personal, p.Words)):
		return ErrPersonal
	}
	return nil
}

const (
	mostOthers   = 4 // characters beside a personal text
	mostDigits   = 8 // characters beside a personal text, if none of them is a letter
	shortestPart = 3
)

// isPersonal reports whether a password consists of one of the texts and of little else.
func isPersonal(password string, texts []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return consistsOf(password, text) })
}

func consistsOf(password, text string) bool {
	compact, whole := onlyLetters(password), onlyLetters(text)
	if compact == "" || whole == "" {
		return false
	}
	if utf8.RuneCountInString(compact) >= MinLength && strings.Contains(whole, compact) {
		return true
	}
	rest := compact
	for _, part := range parts(whole, text) {
		rest = strings.ReplaceAll(rest, part, "")
	}
	if rest == "" {
		return true
	}
	if rest == compact || utf8.RuneCountInString(whole) < shortestPart {
		return false
	}
	others := utf8.RuneCountInString(password) - utf8.RuneCountInString(compact) + utf8.RuneCountInString(rest)
	return others <= mostOthers || others <= mostDigits && !strings.ContainsFunc(rest, unicode.IsLetter)
}

// parts returns what is looked for in a password, forwards and backwards: the whole text
// and then its words, the longest first. The last label of a domain is left out, because
// many people share it.
func parts(whole, text string) []string {
	if local, domain, ok := strings.Cut(text, "@"); ok {
		if dot := strings.LastIndexByte(domain, '.'); dot >= 0 {
			text = local + "@" + domain[:dot]
		}
	}
	text = strings.ToLower(text)
	words := strings.FieldsFunc(text, isSign)
	words = append(words, strings.FieldsFunc(text, func(r rune) bool { return isSign(r) || unicode.IsNumber(r) })...)
	words = slices.DeleteFunc(words, func(word string) bool { return utf8.RuneCountInString(word) < shortestPart })
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	found := []string{whole, backwards(whole)}
	for _, word := range slices.Compact(words) {
		found = append(found, word, backwards(word))
	}
	return found
}

// onlyLetters returns the letters and digits of a text, in lower case.
func onlyLetters(text string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if isSign(r) {
			return -1
		}
		return r
	}, text))
}

func isSign(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }

func backwards(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}
