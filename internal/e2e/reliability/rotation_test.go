package reliability_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/internal/servers"
)

// TestSecretsRotateWithoutDowntime changes the secret of two processes one after the other, in the
// order of docs/scaling.md. Every credential that either of them has given is accepted by both, all
// the time.
func TestSecretsRotateWithoutDowntime(t *testing.T) {
	w := &world{t: t, findings: &findings{}, log: filepath.Join(t.TempDir(), "log")}
	log, err := os.Create(w.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	w.postgres, w.redis = servers.Postgres(t), servers.Redis(t)
	former, next := strings.Repeat("f", 64), strings.Repeat("n", 64)
	with := func(secret string, fallbacks ...string) settings {
		return settings{Postgres: w.postgres.URL, Redis: w.redis.URL, Secret: secret, Fallbacks: fallbacks}
	}
	first, second := startProcess(t, with(former), log), startProcess(t, with(former), log)
	w.addClients([]string{first.url, second.url})
	change := func(p *process, to settings) {
		t.Helper()
		to.Address = p.settings.Address
		p.kill()
		p.settings = to
		w.must(p.start())
	}
	c := w.clients[0]
	use := func(step string) {
		t.Helper()
		for _, kind := range kinds {
			for _, p := range []*process{first, second} {
				c.urls = []string{p.url}
				c.loginAs(t.Context(), kind)
			}
		}
		c.urls = []string{first.url, second.url}
		for range 2 { // what one process has signed again, the other one reads again
			c.check(t.Context())
		}
		for range 4 {
			c.rotate(t.Context())
		}
		c.check(t.Context())
		for _, fault := range w.findings.faults {
			t.Errorf("%s: %s", step, fault)
		}
		w.findings.faults = nil
	}
	use("the former secret")
	change(first, with(former, next))
	use("one accepts the next secret")
	change(second, with(former, next))
	use("both accept the next secret")
	change(first, with(next, former))
	use("one signs with the next secret")
	change(second, with(next, former))
	use("both sign with the next secret")
	if len(c.live) != 5*2*len(kinds) {
		t.Errorf("got %d live credentials, want %d", len(c.live), 5*2*len(kinds))
	}
	before := len(c.live)
	c.use(t.Context(), c.live[0])
	change(first, with(next))
	change(second, with(next))
	c.check(t.Context())
	lost := len(w.findings.faults) / 2 // on each process
	if lost == 0 || lost >= before {
		t.Errorf("without the former secret %d of %d credentials are lost, want some", lost, before)
	}
}
