package docs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func mistake(page string, line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", page, line, fmt.Sprintf(format, args...))
}

// gaps are the lines of a block between which a file may have more.
var gaps = map[string]bool{"// ...": true, "# ...": true}

// isQuoted reports whether a file in the folder of a block, or below it, has the lines of
// the block, one after the other.
func isQuoted(b block) error {
	folder := filepath.Join(root, filepath.FromSlash(b.folder))
	if _, err := os.Stat(folder); err != nil {
		return fmt.Errorf("the code of this block belongs into %s", b.folder)
	}
	entries, err := filesBelow(folder)
	if err != nil {
		return err
	}
	nearest, most := "", -1
	for _, file := range entries {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if filepath.Ext(file) == ".json" && !json.Valid(text) {
			return fmt.Errorf("%s is not JSON", file)
		}
		found := quoted(b.lines, strings.Split(string(text), "\n"))
		if found == len(b.lines) {
			return nil
		}
		if found > most {
			nearest, most = file, found
		}
	}
	return fmt.Errorf("no file in %s has these lines; in %s, the line %q is missing, or is at another place", b.folder, nearest, b.lines[most])
}

// filesBelow lists the files of a folder and, one level deeper, of its folders.
func filesBelow(folder string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return nil, err
	}
	deeper, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	isFolder := func(file string) bool {
		info, err := os.Stat(file)
		return err == nil && info.IsDir()
	}
	return slices.DeleteFunc(append(files, deeper...), isFolder), err
}

// quoted returns how many of the lines of a block a file has, from the first one on. It has
// all of them if it has each run of lines between gaps, in this order, and all lines are
// indented by the same text more than in the block.
func quoted(block, file []string) int {
	first := 0
	for first < len(block)-1 && (block[first] == "" || gaps[strings.TrimSpace(block[first])]) {
		first++
	}
	most := 0
	for _, line := range file {
		if indent, ok := strings.CutSuffix(line, block[first]); ok && strings.TrimSpace(indent) == "" {
			most = max(most, quotedAt(block, file, indent))
		}
	}
	return most
}

func quotedAt(block, file []string, indent string) int {
	done := 0
	for done < len(block) {
		if gaps[strings.TrimSpace(block[done])] {
			done++
			continue
		}
		run := block[done:]
		if end := slices.IndexFunc(run, func(line string) bool { return gaps[strings.TrimSpace(line)] }); end >= 0 {
			run = run[:end]
		}
		most := 0
		for at := range file {
			n := 0
			for n < len(run) && at+n < len(file) && (file[at+n] == indent+run[n] || file[at+n] == "" && run[n] == "") {
				n++
			}
			if most = max(most, n); n == len(run) {
				file = file[at+n:]
				break
			}
		}
		if done += most; most < len(run) {
			return done
		}
	}
	return done
}

// TestQuoted breaks quotations.
func TestQuoted(t *testing.T) {
	file := strings.Split("package main\n\nfunc main() {\n\ta()\n\n\tb()\n\tc()\n}\n", "\n")
	for _, test := range []struct {
		name, block string
		want        bool
	}{
		{"whole lines", "package main\n\nfunc main() {", true},
		{"indented", "a()\n\nb()", true},
		{"a gap", "func main() {\n\ta()\n\t// ...\n\tc()\n}", true},
		{"two gaps", "package main\n// ...\n\ta()\n\t// ...\n}", true},
		{"half a line", "func main()", false},
		{"another order", "b()\na()", false},
		{"left out", "a()\nb()", false},
		{"another indentation", "func main() {\na()", false},
		{"gap and another order", "c()\n// ...\na()", false},
		{"a changed word", "a()\n\nB()", false},
	} {
		block := strings.Split(test.block, "\n")
		if got := quoted(block, file) == len(block); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
