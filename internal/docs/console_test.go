package docs_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// documented is the address at which programs listen that are written for readers.
const documented = "127.0.0.1:8000"

// TestConsole runs the commands of each page beside the program of the page, and compares
// what they write with what the page says.
func TestConsole(t *testing.T) {
	touchSources(t)
	for _, p := range pages(t) {
		var folders []string
		blocks := map[string][]block{}
		for _, b := range p.blocks {
			if b.lang == "console" {
				if blocks[b.folder] == nil {
					folders = append(folders, b.folder)
				}
				blocks[b.folder] = append(blocks[b.folder], b)
			}
		}
		for _, folder := range folders {
			t.Run(p.path+"/"+filepath.Base(folder), func(t *testing.T) {
				t.Parallel()
				needTools(t, blocks[folder])
				sh := newShell(t, folder)
				for _, b := range blocks[folder] {
					sh.run(t, p.path, b)
				}
			})
		}
	}
}

// touchSources looks at all Go files, so that a result of this test is not taken from the
// cache after one of them was changed.
func touchSources(t *testing.T) {
	for _, file := range codeFiles(t, ".") {
		if strings.HasSuffix(file, ".go") {
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// needTools skips the test, or fails it in CI, if a program that commands call is missing.
func needTools(t *testing.T, blocks []block) {
	t.Helper()
	for _, tool := range []string{"sh", "curl", "awk", "openssl"} {
		for _, b := range blocks {
			if _, err := exec.LookPath(tool); err == nil || tool != "sh" && !regexp.MustCompile(`\b`+tool+`\b`).MatchString(b.text()) {
				continue
			}
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: run .ci/tools", tool)
			}
			t.Skipf("%s is not installed", tool)
		}
	}
}

// shell is a shell in a folder of its own, beside a running program.
type shell struct {
	address string // of the program
	in      io.Writer
	out     *bufio.Reader
	log     string // the file with what the program writes
}

// newShell builds and starts the program in a folder of the repository, and a shell. Both
// end with the test.
func newShell(t *testing.T, folder string) *shell {
	t.Helper()
	here, tools := t.TempDir(), t.TempDir()
	s := &shell{log: filepath.Join(here, "service.log")}
	if isProgram(t, folder) {
		s.start(t, build(t, folder, tools), here)
	}
	if err := os.WriteFile(filepath.Join(tools, ".curlrc"), []byte("silent\nshow-error\nmax-time = 30\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(folder)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sh")
	cmd.Dir = here
	cmd.Env = append(os.Environ(), "CURL_HOME="+tools, "CODE="+code)
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = writer.CloseWithError(errors.Join(cmd.Wait(), io.EOF))
		close(ended)
	}()
	t.Cleanup(func() {
		_, _ = in.Close(), reader.Close()
		<-ended
	})
	s.in, s.out = in, bufio.NewReader(reader)
	_, err = io.WriteString(in, "go() ( cd \"$CODE\" && command go \"$@\" )\n")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// isProgram reports whether a folder has a program, and not only tests or no Go at all.
func isProgram(t *testing.T, folder string) bool {
	for _, file := range codeFiles(t, folder) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("\nfunc main() {")) && strings.HasSuffix(file, ".go") {
			return true
		}
	}
	return false
}

// build builds a program that listens at the address in the environment variable
// DOCS_ADDRESS, where its source has the documented one.
func build(t *testing.T, folder, into string) string {
	t.Helper()
	source, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(folder)))
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	add := func(name, text string) {
		file := filepath.Join(into, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(source, name)] = file
	}
	files, err := filepath.Glob(filepath.Join(source, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if quoted := `"` + documented + `"`; strings.Contains(string(text), quoted) {
			add(filepath.Base(file), strings.ReplaceAll(string(text), quoted, "docsAddress"))
		}
	}
	if len(replace) == 0 {
		t.Fatalf("the program in %s does not listen at %s", folder, documented)
	}
	add("docs_address.go", "package main\n\nimport \"os\"\n\nvar docsAddress = os.Getenv(\"DOCS_ADDRESS\")\n")
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(into, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(into, "program")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay", filepath.Join(into, "overlay.json"), "-o", binary, ".")
	cmd.Dir = source
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", folder, err, out)
	}
	return binary
}

// start starts a program and waits until it listens. Another port is tried if the program
// ends, because another process may have taken the first one meanwhile.
func (s *shell) start(t *testing.T, binary, here string) {
	t.Helper()
	for range 3 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s.address = listener.Addr().String()
		_ = listener.Close()
		output, err := os.Create(s.log)
		if err != nil {
			t.Fatal(err)
		}
		defer output.Close()
		ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
		program := exec.CommandContext(ctx, binary)
		program.Dir = here
		program.Env = append(os.Environ(), "DOCS_ADDRESS="+s.address)
		program.Stdout, program.Stderr = output, output
		program.Cancel = func() error { return program.Process.Signal(syscall.SIGTERM) }
		program.WaitDelay = 15 * time.Second
		if err := program.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = program.Wait()
			close(ended)
		}()
		t.Cleanup(func() {
			cancel()
			<-ended
		})
		if listens(s.address, ended) {
			return
		}
	}
	text, _ := os.ReadFile(s.log)
	t.Fatalf("the program does not listen at %s:\n%s", s.address, text)
}

func listens(address string, ended <-chan struct{}) bool {
	for range 600 {
		if conn, err := net.Dial("tcp", address); err == nil {
			_ = conn.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return false
}

// run runs the commands of a block.
func (s *shell) run(t *testing.T, path string, b block) {
	t.Helper()
	commands, err := commandsOf(b)
	if err != nil {
		t.Fatal(mistake(path, b.line, "%v", err))
	}
	for _, c := range commands {
		const done = "-- the command has ended --"
		text := c.text
		if s.address != "" {
			text = strings.ReplaceAll(text, documented, s.address)
		}
		if _, err := fmt.Fprintf(s.in, "{ %s\n} </dev/null; printf '\\n%s %%d\\n' $?\n", text, done); err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		status := -1
		for status < 0 {
			line, err := s.out.ReadString('\n')
			if err != nil {
				t.Fatal(mistake(path, c.line, "%v\n%s%s", err, got.String(), line))
			}
			if n, err := fmt.Sscanf(line, done+" %d\n", &status); n == 1 && err == nil {
				break
			}
			got.WriteString(line)
		}
		output := strings.ReplaceAll(got.String(), "\r\n", "\n")
		if s.address != "" {
			output = strings.ReplaceAll(output, s.address, documented)
		}
		if status != 0 {
			t.Error(mistake(path, c.line, "%s\nended with %d and wrote\n%s", c.text, status, output))
		} else if !matches(c.want, output) {
			t.Error(mistake(path, c.line, "%s\nwrote\n%s\nthe page says\n%s", c.text, strings.TrimRight(output, "\n"), c.want))
		}
	}
	if t.Failed() {
		if text, err := os.ReadFile(s.log); err == nil && len(text) > 0 {
			t.Logf("the program wrote\n%s", text)
		}
		t.FailNow()
	}
}

// command is a command of a block and what it should write.
type command struct {
	line       int
	text, want string
}

func commandsOf(b block) ([]command, error) {
	var commands []command
	continued := false
	for i, line := range b.lines {
		text, isCommand := strings.CutPrefix(line, "$ ")
		switch last := len(commands) - 1; {
		case isCommand:
			commands = append(commands, command{line: b.line + i, text: text})
			continued = strings.HasSuffix(line, `\`)
		case last < 0:
			return nil, errors.New("a console block begins with a line `$ command`")
		case continued:
			commands[last].text += "\n" + line
			continued = strings.HasSuffix(line, `\`)
		default:
			commands[last].want += line + "\n"
		}
	}
	return commands, nil
}

// matches compares an output with what a page says. An ellipsis is any text of a line, and
// a line with nothing else any lines. JSON may be laid out in another way.
func matches(want, got string) bool {
	pattern := regexp.QuoteMeta(oneLine(want))
	pattern = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(pattern, "(?s:.*)")
	pattern = strings.ReplaceAll(pattern, "…", ".*")
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(oneLine(got))
}

// oneLine puts the JSON at the end of a text on one line. It begins at the start of the
// text, or after an empty line, as the body of a reply does.
func oneLine(text string) string {
	text = strings.TrimRight(text, " \n") + "\n"
	head, body := "", text
	if at := strings.LastIndex(text, "\n\n"); at >= 0 {
		head, body = text[:at+2], text[at+2:]
	}
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(body)) != nil {
		return text
	}
	return head + compact.String() + "\n"
}

// TestMatches compares texts that differ.
func TestMatches(t *testing.T) {
	for _, test := range []struct {
		name, want, got string
		matches         bool
	}{
		{"same", "a\nb\n", "a\nb\n", true},
		{"nothing", "", "\n", true},
		{"something", "", "a\n", false},
		{"other", "a\n", "b\n", false},
		{"less", "a\nb\n", "a\n", false},
		{"more", "a\n", "a\nb\n", false},
		{"part of a line", "id …, ok\n", "id 17, ok\n", true},
		{"an ellipsis is one line", "id …, ok\n", "id 17\nb, ok\n", false},
		{"lines", "a\n…\nd\n", "a\nb\nc\nd\n", true},
		{"no lines", "a\n…\nd\n", "a\nd\n", true},
		{"JSON", "{\n  \"a\": 1\n}\n", `{"a":1}`, true},
		{"other JSON", "{\n  \"a\": 1\n}\n", `{"a":2}`, false},
		{"JSON after headers", "HTTP/1.1 200 OK\n…\n\n{\n  \"a\": \"…\"\n}\n", "HTTP/1.1 200 OK\nDate: x\n\n{\"a\":\"b\"}", true},
	} {
		if got := matches(test.want, test.got); got != test.matches {
			t.Errorf("%s: got %v, want %v", test.name, got, test.matches)
		}
	}
}
