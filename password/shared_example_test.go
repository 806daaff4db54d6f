package password_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/go-modern-rest/rest/password"
	"github.com/go-modern-rest/rest/store/memory"
)

// SharedUsers is a table that a program reads which knows pbkdf2_sha256 only.
type SharedUsers struct{ *memory.Users }

// PasswordEncodings implements password.EncodingLister.
func (SharedUsers) PasswordEncodings(context.Context) ([]string, error) {
	return []string{"pbkdf2_sha256$1000000"}, nil
}

func ExampleEncodingLister() {
	users := SharedUsers{memory.New().Users()}
	encoded, err := password.NewChecker(users, nil).Hash(context.Background(), "correct horse battery staple")
	fmt.Println(strings.HasPrefix(encoded, "pbkdf2_sha256$1000000$"), err)
	// Output: true <nil>
}
