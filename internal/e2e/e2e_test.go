// Package e2e_test looks at the whole from outside: with the validators of OpenAPI
// documents that others wrote, and with a browser.
package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// tool returns the path of a program that .ci/tools installs. Without it the test
// is skipped, or fails where nothing may be skipped.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing: run .ci/tools", name)
		}
		t.Skipf("%s is not installed: .ci/tools installs it", name)
	}
	return path
}

// start builds and runs a program of this repository, and returns its address,
// which it prints. It is ended with the test.
func start(t *testing.T, folder string, args ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "program")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = filepath.FromSlash("../../" + folder)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ctx, cancel := context.WithCancel(context.Background())
	program := exec.CommandContext(ctx, binary, append([]string{"-addr", "127.0.0.1:0"}, args...)...)
	program.Cancel = func() error { return program.Process.Signal(syscall.SIGTERM) }
	program.WaitDelay = 10 * time.Second
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	program.Stderr = os.Stderr
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		if err := program.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("%s did not end well: %v", folder, err)
		}
	})
	deadline := time.AfterFunc(20*time.Second, cancel)
	defer deadline.Stop()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if address := regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(lines.Text()); address != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return "http://" + address
		}
	}
	t.Fatalf("%s printed no address", folder)
	return ""
}

func fetch(t *testing.T, url string) []byte {
	t.Helper()
	reply, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil || reply.StatusCode != http.StatusOK {
		t.Fatalf("%s: got %d, %v", url, reply.StatusCode, err)
	}
	return body
}

// browser starts a headless Chromium, and ends it with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	parent, stop := chromedp.NewExecAllocator(t.Context(),
		chromedp.ExecPath(tool(t, "chromium")), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := chromedp.NewContext(parent)
	ctx, expire := context.WithTimeout(ctx, 5*time.Minute) // a busy machine is slow
	t.Cleanup(func() {
		expire()
		cancel()
		stop()
	})
	return ctx
}

// pageOf serves an HTML page at every path.
func pageOf(html string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, html)
	})
}
