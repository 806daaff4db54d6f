// Package docs_test checks README.md and the pages in docs: CONTRIBUTING.md says how.
package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the folder of the repository.
var root = filepath.FromSlash("../..")

// page is a Markdown file.
type page struct {
	path   string // from the root, with slashes: "docs/howto/streams.md"
	text   string
	blocks []block
}

// block is a fenced block of code.
type block struct {
	line   int    // of its first line in the page
	lang   string // the first word after the fence
	folder string // from the root: where its code is
	lines  []string
}

func (b block) text() string { return strings.Join(b.lines, "\n") }

var (
	fence      = regexp.MustCompile("^( *)(```+)([a-z]*)$")
	codeFolder = regexp.MustCompile(`^<!-- code: ([a-z0-9/_-]+) -->$`)
)

// pages reads everything in docs, and the pages for readers that are elsewhere.
func pages(t *testing.T) []page {
	t.Helper()
	files := []string{"README.md", "CONTRIBUTING.md", "llms.txt", "skills/go-modern-rest/SKILL.md"}
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") && !strings.Contains(filepath.ToSlash(path), "/code/") {
			path, err = filepath.Rel(root, path)
			files = append(files, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil || len(files) < 5 {
		t.Fatalf("got %q, %v", files, err)
	}
	var all []page
	for _, file := range files {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		p := page{path: file, text: string(text)}
		if p.blocks, err = blocksOf(p); err != nil {
			t.Error(err)
		}
		all = append(all, p)
	}
	return all
}

// blocksOf finds the blocks of a page. Their code is in docs/code, in a folder with the
// name of the page, until a comment names another one.
func blocksOf(p page) ([]block, error) {
	folder := "docs/code/" + strings.TrimSuffix(strings.TrimPrefix(p.path, "docs/"), ".md")
	var blocks []block
	var open *block
	var indent, end string
	for i, line := range strings.Split(p.text, "\n") {
		switch {
		case open != nil && strings.TrimSpace(line) == end:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.lines = append(open.lines, strings.TrimPrefix(line, indent))
		default:
			if m := codeFolder.FindStringSubmatch(line); m != nil {
				folder = m[1]
			} else if m := fence.FindStringSubmatch(line); m != nil {
				indent, end = m[1], m[2]
				open = &block{line: i + 2, lang: m[3], folder: folder}
			} else if strings.HasPrefix(strings.TrimSpace(line), "```") {
				return nil, mistake(p.path, i+1, "a fence is ``` and a word: %q", line)
			}
		}
	}
	if open != nil {
		return nil, mistake(p.path, open.line, "the block has no end")
	}
	return blocks, nil
}

// unchecked are the blocks that no test checks, by their text, with the reason. The list
// is short on purpose: prefer console, or a file.
var unchecked = map[string]string{
	"go run .": "the test starts the program itself",
	"mkdir notes && cd notes\ngo mod init example.com/notes\ngo get github.com/go-modern-rest/rest github.com/go-modern-rest/rest/store/sqlite": "it needs a network",
	"go get github.com/go-modern-rest/rest                # and .../rest/store/sqlite, postgres or redis":                                       "it needs a network",
	"go run ./example     # notes of users on SQLite: sign up, log in by session, JWT or API token, share; prints curl lines\n" +
		"make test            # every module; with the race detector where there is a C compiler": "other tests run the example; this is make test",
}

// uncheckedPages have blocks that another test checks.
var uncheckedPages = map[string]string{
	"docs/design.md": "docs_test.go in the root compares the rooms with the files",
}

// TestBlocks: each block is run, or is part of a file that is compiled.
func TestBlocks(t *testing.T) {
	used := map[string]bool{}
	for _, p := range pages(t) {
		if uncheckedPages[p.path] != "" {
			continue
		}
		for _, b := range p.blocks {
			if p.path == clientsPage && b.lang == "sh" { // TestClients
				continue
			}
			if unchecked[b.text()] != "" {
				used[b.text()] = true
				continue
			}
			switch b.lang {
			case "console": // TestConsole runs it
			case "", "sh", "text":
				t.Error(mistake(p.path, b.line, "nothing checks this block: use console, or add it to the list in page_test.go"))
			default:
				if err := isQuoted(b); err != nil {
					t.Error(mistake(p.path, b.line, "%v", err))
				}
			}
		}
	}
	for text := range unchecked {
		if !used[text] {
			t.Errorf("no page has the unchecked block %q", text)
		}
	}
}

// TestPrograms: a program that is copied from a page has the time-outs of the README's, so
// that clients which send slowly cannot keep it busy.
func TestPrograms(t *testing.T) {
	timeouts := regexp.MustCompile(`(?m)^.*ReadHeaderTimeout:.*\n.*WriteTimeout:.*\n`)
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := timeouts.FindString(read(filepath.Join(root, "example", "hello", "main.go")))
	if want == "" {
		t.Fatal("the program in README.md has no time-outs")
	}
	programs := []string{filepath.Join(root, "example", "main.go")}
	for _, file := range codeFiles(t, "docs/code") {
		if strings.HasSuffix(file, ".go") && regexp.MustCompile(`(?m)^func main\(`).MatchString(read(file)) {
			programs = append(programs, file)
		}
	}
	for _, file := range programs {
		text := read(file)
		if strings.Contains(text, "127.0.0.1:8000") && !strings.Contains(text, strings.TrimSpace(want)) || strings.Contains(text, "http.ListenAndServe") {
			t.Errorf("%s: the time-outs of the server differ from those in README.md:\n%s", file, want)
		}
	}
}

// codeFiles lists the files below a folder, except in hidden folders.
func codeFiles(t testing.TB, folder string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(folder)), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return fs.SkipDir
		}
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestIndex: docs/README.md links every page.
func TestIndex(t *testing.T) {
	all := pages(t)
	index := all[slices.IndexFunc(all, func(p page) bool { return p.path == "docs/README.md" })]
	for _, p := range all {
		if path, ok := strings.CutPrefix(p.path, "docs/"); ok && path != "README.md" && !strings.Contains(index.text, "]("+path+")") {
			t.Errorf("docs/README.md does not link %s", path)
		}
	}
}
