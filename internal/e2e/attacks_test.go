package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/servers"
)

// timed is what the kit says of an answer that took too long, which a busy machine may
// be to blame for.
var timed = regexp.MustCompile(`medians|\btook\b|slow refusal`)

// TestAttacks sends hostile requests to the conformance app: forged tokens, broken
// cookies, smuggled messages. Where only a refusal is expected a good request goes first.
func TestAttacks(t *testing.T) {
	t.Run("memory", func(t *testing.T) { attack(t) })
	t.Run("PostgreSQL with sessions in Redis", func(t *testing.T) {
		attack(t, "-database", servers.Postgres(t).URL, "-sessions", servers.Redis(t).URL)
	})
}

func attack(t *testing.T, args ...string) {
	python := tool(t, "python3")
	base := start(t, "conformance/app", args...)
	report := filepath.Join(t.TempDir(), "report.json")
	kit := exec.CommandContext(t.Context(), python, filepath.FromSlash("../../conformance/testdata/attacks/attack.py"), "--base", strings.TrimSuffix(base, "/"), "--json", report, "-q")
	out, runErr := kit.CombinedOutput()
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatalf("%v, %v\n%s", err, runErr, out)
	}
	var results struct {
		Checks []struct {
			Name, Reason, Why, Sent, Got string
			OK, Soft                     bool
		}
	}
	if err := json.Unmarshal(text, &results); err != nil {
		t.Fatal(err)
	}
	if len(results.Checks) < 140 {
		t.Errorf("got %d checks, the kit has more", len(results.Checks))
	}
	for _, check := range results.Checks {
		if check.OK || check.Soft {
			continue
		}
		if timed.MatchString(check.Why) {
			t.Logf("%s: %s", check.Name, check.Why)
			continue
		}
		t.Errorf("%s: %s (%s)\nsent %s\ngot %s", check.Name, check.Why, check.Reason, check.Sent, check.Got)
	}
}
