package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeProgram keeps the README's program the one that is compiled here.
func TestReadmeProgram(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.ReadFile("hello/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```go\n"+string(program)+"```") {
		t.Error("the program in README.md differs from example/hello/main.go")
	}
	if n := strings.Count(string(readme), "```go\n"); n != 1 {
		t.Errorf("README.md has %d Go snippets, want 1: each one needs a file that is compiled", n)
	}
}
