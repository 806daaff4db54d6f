package rust_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/rust"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// TestAgreedReplies sends the workloads, and the tokens that must be refused. It only runs where
// the peer is wanted, because cargo takes minutes and a network.
func TestAgreedReplies(t *testing.T) {
	if os.Getenv("FULL") == "" {
		t.Skip("FULL=1 builds the peer in Rust")
	}
	if _, err := exec.LookPath("cargo"); err != nil {
		t.Skip("cargo is not installed")
	}
	if err := rust.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := site.New(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	command := rust.Measure(s)
	process, err := measure.StartProcess(command[0], command[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	all := workload.All(s)
	for name, token := range s.Refused() {
		for _, path := range []string{"/w1", "/w6"} {
			all = append(all, workload.Workload{ID: "W1", Title: name, Method: "GET", Path: path, Header: map[string]string{"Authorization": "Bearer " + token},
				Status: []int{401}, Reply: site.UnauthenticatedBody})
		}
	}
	for _, w := range all {
		if !rust.Has(w.ID) {
			continue
		}
		status, body, err := process.Target(w).Call()
		if err == nil {
			err = w.Check(status, body)
		}
		if err != nil {
			t.Errorf("%s: %v", w.Title, err)
		}
	}
	if err := process.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
