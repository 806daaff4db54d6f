// Package reliability_test runs several processes of an API on real servers, and has clients who
// remember what was acknowledged while processes, servers, disks and connections fail.
package reliability_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
)

const clients = 40

// rate is how many things the clients do in a second, together.
const rate = 200

// world has the processes and servers of a test.
type world struct {
	t                       *testing.T
	postgres, redis         *servers.Server
	postgresDisk, redisDisk *disk // nil: this user cannot mount them
	processes               []*process
	clients                 []*client
	findings                *findings
	log                     string
}

// TestNothingAcknowledgedIsLost lasts for RELIABILITY, 20 seconds by default: "make reliability" sets
// a minute.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	lasts, err := time.ParseDuration(cmp.Or(os.Getenv("RELIABILITY"), "20s"))
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		t.Skip("it lasts for 20 seconds and more")
	}
	w := newWorld(t)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for _, c := range w.clients {
		wg.Go(func() { c.run(ctx) })
	}
	w.fail(lasts)
	stop()
	wg.Wait()
	w.recovers()
	for _, c := range w.clients {
		wg.Go(func() { c.check(context.Background()) })
	}
	wg.Wait()
	w.report()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, findings: &findings{}, log: filepath.Join(t.TempDir(), "log")}
	w.postgres = servers.OwnPostgres(t, "max_connections=200", "min_wal_size=32MB", "max_wal_size=64MB")
	w.postgresDisk = w.withDisk(w.postgres, filepath.Join(w.postgres.Dir, "data"), "300m")
	w.redis = servers.Redis(t)
	w.redisDisk = w.withDisk(w.redis, w.redis.Dir, "40m")
	log, err := os.Create(w.log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	var urls []string
	for range 3 {
		p := startProcess(t, settings{Postgres: w.postgres.URL, Redis: w.redis.URL, Secret: strings.Repeat("s", 64)}, log)
		w.processes = append(w.processes, p)
		urls = append(urls, p.url)
	}
	w.addClients(urls)
	return w
}

func (w *world) addClients(urls []string) {
	db, err := postgres.Open(w.t.Context(), w.postgres.URL, postgres.Config{})
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	shared := &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: clients, DialContext: (&net.Dialer{Timeout: patience}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	w.t.Cleanup(shared.CloseIdleConnections)
	for i := range clients {
		c := &client{
			name: fmt.Sprint("user", i), password: "a password of a user", urls: urls, http: shared, findings: w.findings, rand: rand.New(rand.NewPCG(uint64(i), 1)),
		}
		encoded, err := cheap().Hash(w.t.Context(), c.password)
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := db.Users().Create(w.t.Context(), store.User{Username: c.name, Password: encoded, Active: true}); err != nil {
			w.t.Fatal(err)
		}
		w.clients = append(w.clients, c)
	}
}

// run does one thing after the other, in step with the rate.
func (c *client) run(ctx context.Context) {
	ticker := time.NewTicker(clients * time.Second / rate)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.step(context.WithoutCancel(ctx))
		}
	}
}

// fault is something that fails for a while.
type fault struct {
	name       string
	fail, mend func()
}

// fail lets one thing after the other fail, each for a while, and recover.
func (w *world) fail(lasts time.Duration) {
	faults := []fault{
		{"a process is killed", w.processes[0].kill, func() { w.must(w.processes[0].start()) }},
		{"Redis is killed", w.redis.Kill, w.redis.Start},
		{"PostgreSQL is killed", w.postgres.Kill, w.postgres.Start},
		{"Redis is paused", w.redis.Pause, w.redis.Resume},
		{"PostgreSQL is paused", w.postgres.Pause, w.postgres.Resume},
		{"connections are cut", w.cut, func() {}},
	}
	for _, d := range []struct {
		name   string
		server *servers.Server
		disk   *disk
	}{{"Redis", w.redis, w.redisDisk}, {"PostgreSQL", w.postgres, w.postgresDisk}} {
		if d.disk != nil {
			faults = append(faults, fault{"the disk of " + d.name + " is full", func() { d.disk.fill(w.t) }, func() {
				d.disk.empty(w.t)
				d.server.Revive()
			}})
		}
	}
	pause := lasts / time.Duration(2*len(faults)+1)
	for _, fault := range faults {
		<-time.After(pause)
		w.t.Logf("%s %s", time.Now().Format("05.000"), fault.name)
		fault.fail()
		<-time.After(pause)
		fault.mend()
	}
	<-time.After(pause)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		text, _ := os.ReadFile(w.log)
		w.t.Fatalf("%v\n%s", err, text)
	}
}

// cut ends all connections to the servers.
func (w *world) cut() {
	servers.SQL(w.t, w.postgres.URL, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`)
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(w.redis.URL, "redis://"), time.Second)
	w.must(err)
	defer conn.Close()
	_, err = fmt.Fprint(conn, "CLIENT KILL TYPE normal SKIPME yes\r\n")
	w.must(err)
	_, _ = conn.Read(make([]byte, 64))
}

// disk is a small file system in memory.
type disk struct{ dir string }

// newDisk mounts a disk at a directory, which keeps its content. It returns nil where the tests may
// not mount.
func newDisk(t *testing.T, dir, size string) *disk {
	t.Helper()
	mount := func(args ...string) error { return exec.Command("mount", args...).Run() }
	before := dir + ".before"
	if err := os.Rename(dir, before); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := mount("-t", "tmpfs", "-o", "mode=0700,size="+size, "tmpfs", dir); err != nil {
		t.Logf("no disk is filled, because this user cannot mount one: %v", err)
		if err := os.Rename(before, dir); err != nil {
			t.Fatal(err)
		}
		return nil
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	if out, err := exec.Command("cp", "-a", before+"/.", dir).CombinedOutput(); err != nil {
		t.Fatalf("cp: %v\n%s", err, out)
	}
	return &disk{dir}
}

// fill leaves no space.
func (d *disk) fill(t *testing.T) {
	t.Helper()
	f, err := os.Create(d.filler())
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
}

func (d *disk) empty(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.filler()); err != nil {
		t.Error(err)
	}
}

func (d *disk) filler() string { return filepath.Join(d.dir, "filler") }

// withDisk moves the data of a server to a disk of its own.
func (w *world) withDisk(s *servers.Server, dir, size string) *disk {
	w.t.Helper()
	s.Stop()
	d := newDisk(w.t, dir, size)
	s.Start()
	return d
}

// recovers waits until every process is ready.
func (w *world) recovers() {
	w.t.Helper()
	deadline, stop := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer stop()
	for _, p := range w.processes {
		for !ready(p.url) {
			select {
			case <-deadline.Done():
				text, _ := os.ReadFile(w.log)
				w.t.Fatalf("a process is not ready half a minute after the last fault:\n%s", text)
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
}

func ready(url string) bool {
	reply, err := http.Get(url + "/health/ready")
	if err != nil {
		return false
	}
	defer reply.Body.Close()
	return reply.StatusCode == http.StatusOK
}

// report logs the figures, and fails the test if a client saw what must not happen.
func (w *world) report() {
	w.t.Helper()
	f := w.findings
	w.t.Logf("%d requests: %d without an answer, %d of them 503, %d refused; %d logins, %d logouts, %d rotations acknowledged",
		f.requests.Load(), f.unanswered.Load(), f.unavailable.Load(), f.refused.Load(), f.logins.Load(), f.logouts.Load(), f.rotations.Load())
	for _, least := range []struct {
		what string
		n    int64
	}{{"logins", f.logins.Load()}, {"logouts", f.logouts.Load()}, {"rotations", f.rotations.Load()}, {"503", f.unavailable.Load()}, {"requests without an answer", f.unanswered.Load()}} {
		if least.n < 10 {
			w.t.Errorf("got %d %s: the test did not test", least.n, least.what)
		}
	}
	for _, fault := range f.faults {
		w.t.Error(fault)
	}
	if w.t.Failed() {
		text, _ := os.ReadFile(w.log)
		w.t.Logf("the log of the processes:\n%s", text[max(0, len(text)-20_000):])
	}
}
