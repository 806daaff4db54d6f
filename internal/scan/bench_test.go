package scan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/scan"
)

// BenchmarkString finds the end of a string, beside the check of a whole text by
// encoding/json.
func BenchmarkString(b *testing.B) {
	for _, bench := range []struct{ name, text string }{
		{"short", `"alice"`},
		{"long", `"` + strings.Repeat("Leave the parcel at the desk. ", 10) + `"`},
		{"Greek", `"` + strings.Repeat("Αφήστε το δέμα. ", 10) + `"`},
	} {
		text := []byte(bench.text)
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				if _, found := scan.String(text, 0); !found.OK() {
					b.Fatal(found)
				}
			}
		})
		b.Run(bench.name+"/encoding/json", func(b *testing.B) {
			for b.Loop() {
				if !json.Valid(text) {
					b.Fatal("not valid")
				}
			}
		})
	}
}
