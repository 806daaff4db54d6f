// Package python installs and starts the peers in Python.
package python

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/go-modern-rest/rest/benchmark/site"
)

// Peer is a server in Python.
type Peer struct{ Name, Note, key string }

// All are the peers.
var All = []Peer{
	{"django-modern-rest", "django-modern-rest 0.16, msgspec, granian (WSGI, 2 workers)", "dmr"},
	{"FastAPI", "FastAPI 0.165, PyJWT, uvicorn with uvloop and httptools, 2 workers", "fastapi"},
	{"DRF", "Django REST framework 3.18, simplejwt, granian (WSGI, 2 workers)", "drf"},
	{"django-ninja", "django-ninja 1.7, django-ninja-jwt, granian (WSGI, 2 workers)", "ninja"},
}

// Has reports whether the peers have a workload. Their sessions are Django's.
func Has(workload string) bool {
	return slices.Contains([]string{"W0", "W1", "W1f", "W2", "W3", "W4d", "W5", "W6", "W7", "W8"}, workload)
}

// folder is this one.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// environment is the virtual environment.
func environment() string { return filepath.Join(filepath.Dir(folder()), ".venv") }

// Install installs the packages of requirements.txt, unless it has.
func Install(ctx context.Context) error {
	wanted := filepath.Join(folder(), "requirements.txt")
	stamp := filepath.Join(environment(), "installed.txt")
	text, err := os.ReadFile(wanted) //nolint:gosec // a file of this folder
	if err != nil {
		return err
	}
	if done, err := os.ReadFile(stamp); err == nil && string(done) == string(text) { //nolint:gosec // what is below has written
		return nil
	}
	for _, command := range [][]string{
		{"python3", "-m", "venv", environment()},
		{filepath.Join(environment(), "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "--requirement", wanted},
	} {
		if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil { //nolint:gosec // fixed commands
			return fmt.Errorf("python: %s: %w\n%s", command[0], err, out)
		}
	}
	return os.WriteFile(stamp, text, 0o600) //nolint:gosec // a file of this folder
}

// Command returns a command for a server on a site, the variables of its environment and its folder.
func (p Peer) Command(s *site.Site, port string) (args, env []string, dir string) {
	env = []string{"BENCHMARK_DIR=" + s.Dir(), "PEER=" + p.key, "DJANGO_SETTINGS_MODULE=settings", "PYTHONDONTWRITEBYTECODE=1"}
	bin := filepath.Join(environment(), "bin")
	if p.key == "fastapi" {
		return []string{filepath.Join(bin, "uvicorn"), "fastapi_app:app", "--workers", "2", "--host", "127.0.0.1", "--port", port,
			"--log-level", "critical", "--no-access-log", "--loop", "uvloop", "--http", "httptools"}, env, folder()
	}
	return []string{filepath.Join(bin, "granian"), "--interface", "wsgi", "--workers", "2", "--blocking-threads", "1",
		"--host", "127.0.0.1", "--port", port, "--no-log", "wsgi:application"}, env, folder()
}
