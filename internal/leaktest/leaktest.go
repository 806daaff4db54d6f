// Package leaktest finds goroutines that tests leave behind.
package leaktest

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// Main runs the tests of a package and fails if goroutines of this module are left
// when they are done.
//
//	func TestMain(m *testing.M) { leaktest.Main(m) }
func Main(m *testing.M) {
	code := m.Run()
	if left := wait(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines are left:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// wait gives goroutines that are ending a moment, and returns the stacks of those
// that stay.
func wait() string {
	var left string
	for range 100 {
		if left = running(); left == "" {
			return ""
		}
		runtime.Gosched()
		<-time.After(20 * time.Millisecond)
	}
	return left
}

func running() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var left []string
	for i, stack := range strings.Split(string(stacks), "\n\n") {
		ours := strings.Contains(stack, "testing.(*M).Run") || strings.Contains(stack, "/internal/servers.") // a shared server ends with the binary
		if i > 0 && strings.Contains(stack, "go-modern-rest/") && !ours {                                    // the first one is this one
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}
