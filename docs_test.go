package rest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSecurityNamesItsTests: each row of the table of attempts names tests that exist in
// the folder that it says.
func TestSecurityNamesItsTests(t *testing.T) {
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(line, "|---") || strings.Contains(line, "| Attempt |") {
			continue
		}
		rows++
		folder, names := "", 0
		for _, word := range strings.FieldsFunc(cells[3], func(r rune) bool { return r == ' ' || r == ',' || r == '\n' }) {
			if strings.HasPrefix(word, "`") {
				folder = strings.Trim(word, "`")
				continue
			}
			names++
			if !hasTest(t, folder, "Test"+word) {
				t.Errorf("%s: there is no Test%s", folder, word)
			}
		}
		if names == 0 {
			t.Errorf("no test: %s", line)
		}
	}
	if rows < 20 {
		t.Errorf("got %d rows, the table is not read", rows)
	}
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(folder), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^func ` + name + `\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if declared.Match(text) {
			return true
		}
	}
	return false
}

// TestDesignNamesTheCode: the way of a request names a file and a function of it in each
// step, and the rooms are folders and files that exist.
func TestDesignNamesTheCode(t *testing.T) {
	text, err := os.ReadFile("docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	steps := regexp.MustCompile("`([a-z_/]+\\.go)`, `([A-Za-z]+)`").FindAllStringSubmatch(string(text), -1)
	for _, step := range steps {
		source, err := os.ReadFile(filepath.FromSlash(step[1]))
		if err != nil || !regexp.MustCompile(`(?m)^func (?:\([a-z]+ [^)]+\) )?`+step[2]+`\(`).Match(source) {
			t.Errorf("there is no function %s in %s", step[2], step[1])
		}
	}
	for _, file := range regexp.MustCompile("`([a-z_/]+\\.(?:go|json))`").FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(filepath.FromSlash(file[1])); err != nil {
			t.Errorf("there is no %s", file[1])
		}
	}
	_, rooms, _ := strings.Cut(string(text), "## Rooms\n")
	_, rooms, _ = strings.Cut(rooms, "```\n")
	rooms, _, _ = strings.Cut(rooms, "```\n")
	files := map[string]bool{"doc": true}
	for line := range strings.Lines(rooms) {
		words, _, _ := strings.Cut(strings.TrimPrefix(line, "  "), "   ")
		if !strings.HasPrefix(line, "  ") || len(files) > 1 && strings.HasPrefix(line, "internal") {
			continue
		}
		for _, word := range strings.Fields(words) {
			files[word] = true
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil || len(steps) < 8 {
		t.Fatalf("got %d steps, %v", len(steps), err)
	}
	for _, source := range sources {
		name := strings.TrimSuffix(source, ".go")
		if !strings.HasSuffix(name, "_test") && !files[name] {
			t.Errorf("the rooms do not have %s", source)
		}
	}
}
