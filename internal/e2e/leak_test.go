package e2e_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/go-modern-rest/rest/internal/leaktest"
)

func TestMain(m *testing.M) {
	if where := os.Getenv(loginsOf); where != "" {
		if err := serveLogins(where); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	leaktest.Main(m)
}
