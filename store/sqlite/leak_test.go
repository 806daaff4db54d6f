package sqlite_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/leaktest"
)

func TestMain(m *testing.M) {
	if path, name, ok := strings.Cut(os.Getenv(killed), "\n"); ok {
		fmt.Fprintln(os.Stderr, writeUntilKilled(path, name))
		os.Exit(1)
	}
	leaktest.Main(m)
}
