// Package rust builds and starts the peer in Rust.
package rust

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/go-modern-rest/rest/benchmark/site"
)

// Name and Note are those of the peer.
const (
	Name = "axum + jsonwebtoken (Rust)"
	Note = "axum 0.8, serde_json, jsonwebtoken 11 with aws-lc; the runtime of tokio on one thread"
)

// Has reports whether the peer has a workload. It has no databases.
func Has(workload string) bool {
	return slices.Contains([]string{"W0", "W1", "W1f", "W3", "W6", "W7", "W8", "400", "404", "L10", "L100", "L1000", "L10000"}, workload)
}

// folder is this one.
func folder() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}

// Build compiles the peer with cargo. The first time takes minutes.
func Build(ctx context.Context) error {
	command := exec.CommandContext(ctx, "cargo", "build", "--release", "--quiet")
	command.Dir = folder()
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("rust: cargo build: %w\n%s", err, out)
	}
	return nil
}

// Measure is the command of a [measure.Process] on a site.
func Measure(s *site.Site) []string { return command(s, "measure") }

// Serve is the command of a server.
func Serve(s *site.Site, port string) []string { return command(s, "serve", "127.0.0.1:"+port) }

func command(s *site.Site, args ...string) []string {
	return append([]string{filepath.Join(folder(), "target", "release", "axum-peer"), filepath.Join(s.Dir(), "credentials.json")}, args...)
}
