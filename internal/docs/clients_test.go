package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// clientsPage has commands that .ci/clients runs.
const clientsPage = "docs/clients.md"

// TestClients: .ci/clients runs each command of the page, and the versions of the page are
// those that are installed.
func TestClients(t *testing.T) {
	all := pages(t)
	p := all[slices.IndexFunc(all, func(p page) bool { return p.path == clientsPage })]
	script, pins := repositoryFile(t, ".ci/clients"), repositoryFile(t, ".ci/tools")
	for _, module := range []string{"internal/clients/ogen", "internal/clients/oapi-codegen", "internal/e2e"} {
		used := regexp.MustCompile(`(?m)^.*/(ogen|oapi-codegen/v2|kin-openapi|libopenapi-validator) v.*$`)
		pins += strings.Join(used.FindAllString(repositoryFile(t, module+"/go.mod"), -1), "\n") + "\n"
	}

	steps := regexp.MustCompile(`(?m)^(?:ci|rest)=\((.*)\)$`).FindAllStringSubmatch(script, -1)
	if len(steps) != 2 {
		t.Fatalf("got the steps %q of .ci/clients", steps)
	}
	names := strings.Fields(steps[0][1] + " " + steps[1][1])
	lines := strings.Split(p.text, "\n")
	for _, b := range p.blocks {
		if b.lang != "sh" {
			continue
		}
		name, ok := strings.CutPrefix(lines[b.line-3], "<!-- run: ")
		name = strings.TrimSuffix(name, " -->")
		if !ok || !slices.ContainsFunc(names, func(step string) bool { return step == name || strings.HasPrefix(step, name+"/") }) {
			t.Error(mistake(p.path, b.line, "the comment before the block names no step of .ci/clients"))
		}
	}

	versions := regexp.MustCompile(`[0-9]+\.[0-9]+\.[0-9]+`).FindAllString(strings.ReplaceAll(p.text, "127.0.0.1", ""), -1)
	if len(versions) < 20 {
		t.Errorf("got only the versions %q", versions)
	}
	for _, version := range versions {
		if !regexp.MustCompile(`(?m)[=@:v]` + regexp.QuoteMeta(version) + `( |\)|$)`).MatchString(pins) {
			t.Errorf("%s: .ci/tools and the go.mod files of the clients have another version than %s", p.path, version)
		}
	}
}

func repositoryFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
