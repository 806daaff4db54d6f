// Package pgo makes the profile that the compiler optimizes the example with, and measures what that
// brings.
package pgo

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// example is the folder of the program, seen from that of the module.
const example = "../example"

// build compiles the example with arguments of go build.
func build(ctx context.Context, out string, args ...string) error {
	command := exec.CommandContext(ctx, "go", append([]string{"build", "-o", out}, append(args, ".")...)...) //nolint:gosec // our own folder
	command.Dir = example
	if text, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("pgo: go build: %w\n%s", err, text)
	}
	return nil
}

//go:embed profile.txt
var profileFile string

// buildProfiled compiles the example as a program that writes a CPU profile of all that it does into
// the folder $PROFILES when it ends. The sources remain as they are: the compiler sees others.
func buildProfiled(ctx context.Context, dir, out string) error {
	folder, err := filepath.Abs(example)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(folder, "main.go")) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	const begin = "\nfunc main() {\n"
	if strings.Count(string(text), begin) != 1 {
		return errors.New("pgo: the example has another func main")
	}
	overlay := map[string]string{}
	for name, content := range map[string]string{"main.go": strings.Replace(string(text), begin, begin+"\tdefer profile()()\n", 1), "profile.go": profileFile} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return err
		}
		overlay[filepath.Join(folder, name)] = path
	}
	list, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, list, 0o600); err != nil {
		return err
	}
	return build(ctx, out, "-pgo=off", "-overlay="+path)
}

// merge makes one profile of all in a folder.
func merge(ctx context.Context, dir, out string) error {
	profiles, err := filepath.Glob(filepath.Join(dir, "cpu-*.pprof"))
	if err != nil {
		return err
	}
	if len(profiles) == 0 {
		return errors.New("pgo: the example wrote no profile")
	}
	file, err := os.Create(out) //nolint:gosec // the caller's file
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, "go", append([]string{"tool", "pprof", "-proto"}, profiles...)...) //nolint:gosec // what is above
	command.Stdout = file
	if err := errors.Join(command.Run(), file.Close()); err != nil {
		return fmt.Errorf("pgo: go tool pprof: %w", err)
	}
	return nil
}
