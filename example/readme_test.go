package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadme keeps the code of the README what is compiled here: a whole program, and
// lines of this one.
func TestReadme(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	snippets := strings.Split(read("../README.md"), "```go\n")[1:]
	if len(snippets) != 2 {
		t.Fatalf("README.md has %d Go snippets, want 2: each one needs a file that is compiled", len(snippets))
	}
	for i := range snippets {
		snippets[i], _, _ = strings.Cut(snippets[i], "```")
	}
	if snippets[0] != read("hello/main.go") {
		t.Error("the program in README.md differs from example/hello/main.go")
	}
	// A program that is copied without them can be kept busy by clients that send slowly.
	timeouts := regexp.MustCompile(`(?m)^.*ReadHeaderTimeout:.*\n.*WriteTimeout:.*\n`).FindString(snippets[0])
	if timeouts == "" || !strings.Contains(read("main.go"), timeouts) {
		t.Errorf("the server's time-outs in README.md differ from those in example/main.go:\n%s", timeouts)
	}
	indented := "\t" + strings.ReplaceAll(strings.TrimSuffix(snippets[1], "\n"), "\n", "\n\t") + "\n"
	if !strings.Contains(read("main.go"), indented) {
		t.Error("the logins in README.md differ from those in example/main.go")
	}
}
