package password_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-modern-rest/rest/password"
)

// A handler that sets a password, such as one that resets a forgotten password, asks the
// policy first.
func ExamplePolicy() {
	policy := password.Policy{Words: []string{"Acme Shop"}}
	for _, chosen := range []string{"short", "password123", "alice2024!", "acmeshop1", "correct horse battery"} {
		fmt.Printf("%s: %v\n", chosen, policy.Check(chosen, "alice", "alice@example.com"))
	}
	// Output:
	// short: the password has fewer than 8 characters
	// password123: the password is one of the most common ones
	// alice2024!: the password is little more than the user name, the e-mail address or the name of the service
	// acmeshop1: the password is little more than the user name, the e-mail address or the name of the service
	// correct horse battery: <nil>
}

func TestPolicy(t *testing.T) {
	const name, address = "alice.smith", "j.doe@example.co.uk"
	for _, c := range []struct {
		name, password string
		want           error
	}{
		{"seven characters", "xq7%Kz!", password.ErrTooShort},
		{"seven characters of many bytes", "пароль1", password.ErrTooShort},
		{"eight characters", "xq7%Kz!b", nil},
		{"common", "password123", password.ErrCommon},
		{"common, in another case", "PassWord123", password.ErrCommon},
		{"common, with space around it", " password123\t", password.ErrCommon},
		{"common words in a row", "password correct password", nil},
		{"first of the list", "!qaz1qaz", password.ErrCommon},
		{"the name", "alice.smith", password.ErrPersonal},
		{"the name without its point", "AliceSmith", password.ErrPersonal},
		{"the name backwards", "htims.ecila", password.ErrPersonal},
		{"the name twice", "alicesmithalicesmith", password.ErrPersonal},
		{"a part and a year", "alice2024", password.ErrPersonal},
		{"a part and a date", "smith19840512", password.ErrPersonal},
		{"a part backwards and a year", "ecila-1987", password.ErrPersonal},
		{"a part and signs", "smith!?!", password.ErrPersonal},
		{"a part in the middle", "1smith1!", password.ErrPersonal},
		{"a piece of the name", "lice.smit", password.ErrPersonal},
		{"a part and a word", "alice-garden", nil},
		{"a part and many digits", "alice381946027", nil},
		{"the address", "j.doe@example.co.uk", password.ErrPersonal},
		{"the address, in another case", "J.Doe@Example.co.uk", password.ErrPersonal},
		{"the part before @", "jdoe-j.doe", password.ErrPersonal},
		{"the domain", "example.co", password.ErrPersonal},
		{"the domain and a year", "example1987", password.ErrPersonal},
		{"a long text that has the name", "alice.smith rode to town", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := password.Policy{}.Check(c.password, name, "", address)
			if !errors.Is(got, c.want) {
				t.Errorf("%q: got %v, want %v", c.password, got, c.want)
			}
		})
	}
}

func TestPolicyKnowsOnlyWhatItIsTold(t *testing.T) {
	for _, c := range []struct {
		name, password string
		policy         password.Policy
		personal       []string
		want           error
	}{
		{"nobody's name", "alice.smith", password.Policy{}, nil, nil},
		{"a short name does not cut words", "eleven-e", password.Policy{}, []string{"e"}, nil},
		{"a short name repeated", "bobobobo", password.Policy{}, []string{"bo"}, password.ErrPersonal},
		{"a name of digits", "49301234567", password.Policy{}, []string{"+49 30 1234567"}, password.ErrPersonal},
		{"the end of a name of digits", "301234567", password.Policy{}, []string{"+49 30 1234567"}, password.ErrPersonal},
		{"a name with a number, another number", "johnsmith1991", password.Policy{}, []string{"johnsmith1990"}, password.ErrPersonal},
		{"a name of signs alone", "--------", password.Policy{}, []string{"-"}, nil},
		{"a top-level domain", "info-4821", password.Policy{}, []string{"x@garden.info"}, nil},
		{"another alphabet", "Алиса2024", password.Policy{}, []string{"алиса"}, password.ErrPersonal},
		{"a word of the application", "acme2024", password.Policy{Words: []string{"Acme"}}, nil, password.ErrPersonal},
		{"common, allowed", "password123", password.Policy{InsecureCommon: true}, nil, nil},
		{"personal, allowed", "alice2024", password.Policy{InsecurePersonal: true}, []string{"alice"}, nil},
		{"short, although both are allowed", "alice", password.Policy{InsecureCommon: true, InsecurePersonal: true}, nil, password.ErrTooShort},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.policy.Check(c.password, c.personal...); !errors.Is(got, c.want) {
				t.Errorf("%q: got %v, want %v", c.password, got, c.want)
			}
		})
	}
}

// commonList reads the file of common passwords.
func commonList(t testing.TB) []string {
	t.Helper()
	file, err := os.Open("common/passwords.txt.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// TestCommonPasswords: each line of the list is refused, and the list is as long as ASVS
// 5.0 6.2.4 demands.
func TestCommonPasswords(t *testing.T) {
	list := commonList(t)
	if len(list) != 8354 {
		t.Errorf("got %d passwords, the documentation says 8,354", len(list))
	}
	if !slices.IsSorted(list) {
		t.Error("the list is not sorted, which the search needs")
	}
	for _, line := range list {
		if utf8.RuneCountInString(line) < password.MinLength || line != strings.ToLower(line) || line != strings.TrimSpace(line) {
			t.Errorf("%q can never be found", line)
		}
		if err := (password.Policy{}).Check(line); !errors.Is(err, password.ErrCommon) {
			t.Errorf("%q: got %v, want ErrCommon", line, err)
		}
	}
}

func FuzzPolicy(f *testing.F) {
	f.Add("alice2024!", "alice", "alice@example.com")
	f.Add("пароль123", "@", ".@.")
	f.Add("\xff\xff\xff\xff\xff\xff\xff\xff", "\xff", "")
	f.Fuzz(func(t *testing.T, chosen, name, address string) {
		err := password.Policy{}.Check(chosen, name, address)
		if err == nil && (chosen == name || chosen == address) && strings.ContainsAny(chosen, "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("%q was accepted for the name %q and the address %q", chosen, name, address)
		}
		if other := (password.Policy{InsecurePersonal: true}).Check(chosen, name, address); err == nil && other != nil {
			t.Errorf("%q: a looser policy says %v", chosen, other)
		}
	})
}
