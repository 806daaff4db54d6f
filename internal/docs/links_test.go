package docs_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$`)
	heading   = regexp.MustCompile(`^#{1,6} (.*)$`)
	inline    = regexp.MustCompile("`[^`]*`")
	notInSlug = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// TestLinks: a link to a file of the repository, or to a heading, leads there.
func TestLinks(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for i, line := range prose(p) {
			for _, m := range link.FindAllStringSubmatch(inline.ReplaceAllString(line, ""), -1) {
				target := m[1] + m[2]
				if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
					continue
				}
				seen++
				file, fragment, _ := strings.Cut(target, "#")
				if file == "" {
					file = path.Base(p.path)
				}
				file = path.Join(path.Dir(p.path), file)
				text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
				if info, missing := os.Stat(filepath.Join(root, filepath.FromSlash(file))); missing != nil || err != nil && !info.IsDir() {
					t.Error(mistake(p.path, i+1, "there is no %s", file))
				} else if fragment != "" && !slugs(page{path: file, text: string(text)})[fragment] {
					t.Error(mistake(p.path, i+1, "%s has no heading #%s", file, fragment))
				}
			}
		}
	}
	if seen < 5 {
		t.Errorf("got %d links, the pages are not read", seen)
	}
}

// prose returns the lines of a page, those of blocks being empty.
func prose(p page) []string {
	lines := strings.Split(p.text, "\n")
	inBlock := false
	for i, line := range lines {
		isFence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if isFence || inBlock {
			lines[i] = ""
		}
		inBlock = inBlock != isFence
	}
	return lines
}

// slugs returns the fragments of the headings of a page, as forges make them.
func slugs(p page) map[string]bool {
	all := map[string]bool{}
	for _, line := range prose(p) {
		if m := heading.FindStringSubmatch(line); m != nil {
			slug := strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")
			all[slug] = true
		}
	}
	return all
}

// TestSlugs makes fragments of headings.
func TestSlugs(t *testing.T) {
	got := slugs(page{text: "# The `Auth` field\n```sh\n# not one\n```\n## What's not here, yet\n"})
	if len(got) != 2 || !got["the-auth-field"] || !got["whats-not-here-yet"] {
		t.Errorf("got %v", got)
	}
}
