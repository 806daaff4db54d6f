//go:build ignore

// Mutate breaks the code on purpose, one line at a time, and reports what the tests of
// the broken package do not notice:
//
//	go run .ci/mutate.go            # all of .ci/mutants
//	go run .ci/mutate.go combine    # those that have the word in their name or file (but no .go)
//
// The tree is not written to: each mutant is an overlay of the go command.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// mutant replaces consecutive lines of a file, compared without their indentation.
type mutant struct {
	file, name string
	old, new   []string
	packages   []string // whose tests must fail; those of the file's folder if empty
}

// parse reads blocks of lines: "file: what it does", "-" and "+" lines as in a diff, and
// "in:" with packages. A line that begins with "#" is a comment.
func parse(text string) (list []mutant, err error) {
	for at, line := range strings.Split(text, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case strings.HasSuffix(kind, ":") && kind != "in:":
			list = append(list, mutant{file: strings.TrimSuffix(kind, ":"), name: rest})
		case len(list) == 0:
			return nil, fmt.Errorf("line %d: no mutant has begun", at+1)
		case line[0] == '-':
			m := &list[len(list)-1]
			m.old = append(m.old, strings.TrimSpace(line[1:]))
		case line[0] == '+':
			m := &list[len(list)-1]
			m.new = append(m.new, strings.TrimSpace(line[1:]))
		case kind == "in:":
			list[len(list)-1].packages = strings.Fields(rest)
		default:
			return nil, fmt.Errorf("line %d: want a file, -, + or in:", at+1)
		}
	}
	return list, nil
}

// apply returns the broken file.
func (m *mutant) apply() ([]byte, error) {
	text, err := os.ReadFile(filepath.FromSlash(m.file))
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(text), "\n")
	found := -1
	for at := range lines {
		if !matches(lines[at:], m.old) {
			continue
		}
		if found >= 0 {
			return nil, fmt.Errorf("lines %d and %d are both meant", found+1, at+1)
		}
		found = at
	}
	if found < 0 || len(m.old) == 0 {
		return nil, errors.New("the lines are not in the file any more")
	}
	broken := append(append(append([]string{}, lines[:found]...), m.new...), lines[found+len(m.old):]...)
	return []byte(strings.Join(broken, "\n")), nil
}

func matches(lines, old []string) bool {
	if len(lines) < len(old) {
		return false
	}
	for i := range old {
		if strings.TrimSpace(lines[i]) != old[i] {
			return false
		}
	}
	return true
}

// run reports whether a test notices the mutant.
func (m *mutant) run(dir string) (killed bool, err error) {
	broken, err := m.apply()
	if err != nil {
		return false, err
	}
	source, err := filepath.Abs(filepath.FromSlash(m.file))
	if err != nil {
		return false, err
	}
	copied := filepath.Join(dir, "broken.go")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: copied}})
	if err != nil {
		return false, err
	}
	config := filepath.Join(dir, "overlay.json")
	if err := errors.Join(os.WriteFile(copied, broken, 0o600), os.WriteFile(config, overlay, 0o600)); err != nil {
		return false, err
	}
	packages := m.packages
	if len(packages) == 0 {
		packages = []string{"./" + path.Dir(m.file)}
	}
	out, err := exec.Command("go", append([]string{"test", "-count=1", "-timeout=90s", "-failfast", "-overlay", config}, packages...)...).CombinedOutput()
	if bytes.Contains(out, []byte("[build failed]")) || bytes.Contains(out, []byte("[setup failed]")) {
		return false, fmt.Errorf("it does not compile:\n%s", out)
	}
	return err != nil, nil
}

func main() {
	log.SetFlags(0)
	text, err := os.ReadFile(filepath.Join(".ci", "mutants"))
	if err != nil {
		log.Fatal(err, ": run this in the root of the repository")
	}
	all, err := parse(string(text))
	if err != nil {
		log.Fatal(".ci/mutants: ", err)
	}
	work := make(chan mutant)
	var mu sync.Mutex
	var wait sync.WaitGroup
	count, survived, stale := 0, 0, 0
	for range 2 {
		wait.Go(func() {
			dir, err := os.MkdirTemp("", "mutant")
			if err != nil {
				log.Fatal(err)
			}
			defer os.RemoveAll(dir)
			for m := range work {
				begun := time.Now()
				killed, err := m.run(dir)
				mu.Lock()
				count++
				switch {
				case err != nil:
					stale++
					log.Printf("BROKEN   %s: %s: %v", m.file, m.name, err)
				case killed:
					log.Printf("killed   %s: %s (%.0f s)", m.file, m.name, time.Since(begun).Seconds())
				default:
					survived++
					log.Printf("SURVIVED %s: %s", m.file, m.name)
				}
				mu.Unlock()
			}
		})
	}
	for _, m := range all {
		if len(os.Args) < 2 || strings.Contains(m.file+" "+m.name, os.Args[1]) {
			work <- m
		}
	}
	close(work)
	wait.Wait()
	log.Printf("%d mutants, %d survived, %d could not be made", count, survived, stale)
	if survived+stale > 0 || count == 0 {
		os.Exit(1)
	}
}
