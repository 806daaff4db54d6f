package guard_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/benchmark/guard"
)

func TestCheck(t *testing.T) {
	agreed := guard.Agreed{"W1": 0.4, "W7": 0.1}
	for _, c := range []struct {
		name     string
		runs     []map[string]float64 // what each measurement finds
		asked    [][]string
		mistakes []string
	}{
		{"as agreed", []map[string]float64{{"W1": 0.4, "W7": 0.1}}, [][]string{{"W1", "W7"}}, nil},
		{"within the tolerance", []map[string]float64{{"W1": 0.49, "W7": 0.124}}, [][]string{{"W1", "W7"}}, nil},
		{"slow once", []map[string]float64{{"W1": 0.51, "W7": 0.1}, {"W1": 0.4}}, [][]string{{"W1", "W7"}, {"W1"}}, nil},
		{"slow twice", []map[string]float64{{"W1": 0.51, "W7": 0.2}, {"W1": 0.51, "W7": 0.1}, {"W1": 0.4}}, [][]string{{"W1", "W7"}, {"W1", "W7"}, {"W1"}}, nil},
		{"slow always", []map[string]float64{{"W1": 0.51, "W7": 0.1}, {"W1": 0.51}, {"W1": 0.52}}, [][]string{{"W1", "W7"}, {"W1"}, {"W1"}}, []string{"W1 costs 0.52"}},
		{"not measured", []map[string]float64{{"W1": 0.4}, {}, {}}, [][]string{{"W1", "W7"}, {"W7"}, {"W7"}}, []string{"W7 was not measured"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var asked [][]string
			err := agreed.Check(func(ids []string) (map[string]float64, error) {
				asked = append(asked, ids)
				return c.runs[len(asked)-1], nil
			})
			if !slices.EqualFunc(asked, c.asked, slices.Equal) {
				t.Errorf("measured %v, want %v", asked, c.asked)
			}
			if (err != nil) != (c.mistakes != nil) {
				t.Errorf("got %v, want %q", err, c.mistakes)
			}
			for _, mistake := range c.mistakes {
				if err == nil || !strings.Contains(err.Error(), mistake) {
					t.Errorf("got %v, want %q", err, mistake)
				}
			}
		})
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "guard.json")
	for _, c := range []struct{ name, text, want string }{
		{"ratios", `{"W1": 0.4}`, ""},
		{"empty", `{}`, "no workload"},
		{"not JSON", `W1 0.4`, "invalid character"},
	} {
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		agreed, err := guard.Read(path)
		if c.want == "" && (err != nil || agreed["W1"] != 0.4) {
			t.Errorf("%s: got %v, %v", c.name, agreed, err)
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}
