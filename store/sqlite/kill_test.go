package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/sqlite"
)

// The tests of this file start this test binary again as a program that writes to a
// database and prints a line after each write that returned, and kill it (SIGKILL) while it
// writes. Each of the program's threads does the steps of script one after another, so after
// n lines of a thread the database holds the result of its first n steps, and perhaps of the
// next one, which was not acknowledged yet.

// killed is the environment variable that makes the test binary such a program: the path of
// the database and the name of the program.
const killed = "SQLITE_KILLED"

const threads = 3

// kills is how often the programs are killed.
func kills() int {
	if testing.Short() {
		return 10
	}
	return 50
}

// writer is the state of a thread: what its steps need to know about earlier ones.
type writer struct {
	db    *sqlite.DB
	name  string
	token store.Token
}

// step is a write, and what it does to the expected rows.
type step struct {
	name  string
	write func(context.Context, *writer, string) error
	rows  func(rows map[string]string, key string)
}

// script are the steps of a round. Each round has a key of its own.
var script = []step{
	{
		"log in with a session", func(ctx context.Context, w *writer, key string) error {
			return w.db.Sessions().Create(ctx, sessionOf(key, "first"))
		}, func(rows map[string]string, key string) { rows["session "+key] = "first" },
	}, {
		"change the session", func(ctx context.Context, w *writer, key string) error {
			return w.db.Sessions().Update(ctx, sessionOf(key, "second"))
		}, func(rows map[string]string, key string) { rows["session "+key] = "second" },
	}, {
		"issue a token", func(ctx context.Context, w *writer, key string) (err error) {
			w.token, err = w.db.Tokens().CreateToken(ctx, store.Token{UserID: "of " + key, Hash: key, Created: begun, Updated: begun})
			return err
		}, func(rows map[string]string, key string) { rows["token "+key] = "valid" },
	}, {
		"log in with tokens", func(ctx context.Context, w *writer, key string) error {
			return w.db.Families().CreateFamily(ctx, familyOf(key, "0", ""))
		}, func(rows map[string]string, key string) { rows["family "+key] = "0" },
	}, {
		"rotate", func(ctx context.Context, w *writer, key string) error {
			return rotated(w.db.Families().RotateFamily(ctx, familyOf(key, "1", "0")))
		}, func(rows map[string]string, key string) { rows["family "+key] = "1" },
	}, {
		"rotate again", func(ctx context.Context, w *writer, key string) error {
			return rotated(w.db.Families().RotateFamily(ctx, familyOf(key, "2", "1")))
		}, func(rows map[string]string, key string) { rows["family "+key] = "2" },
	}, {
		"replace the session", func(ctx context.Context, w *writer, key string) error {
			return w.db.Sessions().Replace(ctx, key, sessionOf(key+"+", "third"))
		}, func(rows map[string]string, key string) {
			delete(rows, "session "+key)
			rows["session "+key+"+"] = "third"
		},
	}, {
		"revoke the token", func(ctx context.Context, w *writer, key string) error {
			return w.db.Tokens().RevokeToken(ctx, "of "+key, w.token.ID, begun)
		}, func(rows map[string]string, key string) { rows["token "+key] = "revoked" },
	}, {
		"block a token", func(ctx context.Context, w *writer, key string) error {
			_, err := w.db.Blocklist().Block(ctx, store.BlockedToken{ID: key, Expires: begun})
			return err
		}, func(rows map[string]string, key string) { rows["blocked "+key] = "" },
	}, {
		"log out", func(ctx context.Context, w *writer, key string) error {
			return w.db.Sessions().Delete(ctx, key+"+")
		}, func(rows map[string]string, key string) { delete(rows, "session "+key+"+") },
	}, {
		"end the login", func(ctx context.Context, w *writer, key string) error {
			return w.db.Families().EndFamily(ctx, "of "+key, key)
		}, func(rows map[string]string, key string) { delete(rows, "family "+key) },
	}, {
		"log in again", func(ctx context.Context, w *writer, key string) error {
			return w.db.Sessions().Create(ctx, sessionOf(key, "fourth"))
		}, func(rows map[string]string, key string) { rows["session "+key] = "fourth" },
	},
}

func sessionOf(key, data string) store.Session {
	return store.Session{Key: key, Data: data, UserID: "of " + key, Created: begun, Seen: begun, Expires: begun}
}

func familyOf(key, current, previous string) store.Family {
	return store.Family{ID: key, UserID: "of " + key, Current: current, Previous: previous, Created: begun, Rotated: begun, Expires: begun}
}

func rotated(done bool, err error) error {
	if err == nil && !done {
		err = fmt.Errorf("lost the race for a family of its own")
	}
	return err
}

func threadOf(program string, i int) string { return fmt.Sprintf("%s-%d", program, i) }

// keyOf returns the key of step n of a thread.
func keyOf(thread string, n int) string { return fmt.Sprintf("%s.%d", thread, n/len(script)) }

// rowsAfter returns the rows of a thread after its first n steps.
func rowsAfter(thread string, n int) map[string]string {
	rows := map[string]string{}
	for i := range n {
		script[i%len(script)].rows(rows, keyOf(thread, i))
	}
	return rows
}

// writeUntilKilled is the program.
func writeUntilKilled(path, name string) error {
	db, err := sqlite.Open(context.Background(), path, sqlite.Config{})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for i := range threads {
		w := &writer{db: db, name: threadOf(name, i)}
		go func() {
			for n := 0; ; n++ {
				if err := script[n%len(script)].write(context.Background(), w, keyOf(w.name, n)); err != nil {
					failed <- fmt.Errorf("%s: step %d: %s: %w", w.name, n, script[n%len(script)].name, err)
					return
				}
				if _, err := os.Stdout.WriteString(w.name + "\n"); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// program is a running writer.
type program struct {
	cmd   *exec.Cmd
	name  string
	lines *bufio.Scanner
	acked map[string]int // how many steps each thread acknowledged
}

func startWriter(t *testing.T, path, name string) *program {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), killed+"="+path+"\n"+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return &program{cmd, name, bufio.NewScanner(out), map[string]int{}}
}

// read reads n acknowledgements, or as many as there are.
func (p *program) read(n int) {
	for ; n > 0 && p.lines.Scan(); n-- {
		p.acked[p.lines.Text()]++
	}
}

// kill kills the program, and reads what it acknowledged before.
func (p *program) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	p.read(1 << 30)
	if err := p.cmd.Wait(); p.cmd.ProcessState.Exited() {
		t.Fatalf("the writer ended before it was killed: %v", err)
	}
}

// TestKilledWriters kills one program at a time, some of them while they open the file.
func TestKilledWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	var history history
	for i := range kills() {
		p := startWriter(t, path, fmt.Sprintf("p%d", i))
		if i%5 == 0 {
			<-time.After(rand.N(100 * time.Millisecond))
		} else {
			p.read(rand.IntN(300))
		}
		p.kill(t)
		history.check(t, path, p)
	}
	history.wantWrites(t)
}

// TestTwoKilledWriters kills one of two programs that write to one file, and then the
// other, which goes on writing meanwhile.
func TestTwoKilledWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	var history history
	for i := range kills() / 2 {
		first, second := startWriter(t, path, fmt.Sprintf("a%d", i)), startWriter(t, path, fmt.Sprintf("b%d", i))
		first.read(1 + rand.IntN(150))
		second.read(1 + rand.IntN(150))
		first.kill(t)
		before := second.total()
		second.read(50)
		if got := second.total() - before; got < 50 {
			t.Fatalf("after the other program was killed: got %d writes, want 50", got)
		}
		second.kill(t)
		history.check(t, path, first, second)
	}
	history.wantWrites(t)
}

func (p *program) total() (n int) {
	for _, acked := range p.acked {
		n += acked
	}
	return n
}

// history is what the programs have written so far.
type history struct {
	rows   map[string]string
	writes int
}

// check opens the database and compares its rows with what the programs acknowledged. The
// rows of earlier programs have not changed.
func (h *history) check(t *testing.T, path string, programs ...*program) {
	t.Helper()
	db, err := sqlite.Open(context.Background(), path, sqlite.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if text, err := db.Text(`PRAGMA integrity_check`); text != "ok" || err != nil {
		t.Fatalf("integrity check: got %s, %v", text, err)
	}
	rows := rowsOf(t, db)
	earlier := maps.Clone(rows)
	for _, p := range programs {
		h.writes += p.total()
		for i := range threads {
			thread := threadOf(p.name, i)
			mine := func(row, _ string) bool { return strings.Contains(row, " "+thread+".") }
			got, acked := maps.Clone(rows), p.acked[thread]
			maps.DeleteFunc(got, func(row, value string) bool { return !mine(row, value) })
			maps.DeleteFunc(earlier, mine)
			if want := rowsAfter(thread, acked); !maps.Equal(got, want) && !maps.Equal(got, rowsAfter(thread, acked+1)) {
				t.Fatalf("%s acknowledged %d steps: %s", thread, acked, differences(want, got))
			}
		}
	}
	if !maps.Equal(earlier, h.rows) {
		t.Fatalf("rows of earlier programs have changed: %s", differences(h.rows, earlier))
	}
	h.rows = rows
}

// wantWrites makes sure that the programs did write.
func (h *history) wantWrites(t *testing.T) {
	t.Helper()
	if want := 10 * kills(); h.writes < want {
		t.Errorf("got %d writes, want at least %d", h.writes, want)
	}
	t.Logf("%d kills, %d acknowledged writes", kills(), h.writes)
}

func differences(want, got map[string]string) string {
	var list []string
	for row, value := range want {
		if have, ok := got[row]; !ok || have != value {
			list = append(list, fmt.Sprintf("%s: got %q (there: %v), want %q", row, have, ok, value))
		}
	}
	for row := range got {
		if _, ok := want[row]; !ok {
			list = append(list, row+": got it, want none")
		}
	}
	return strings.Join(list, "\n")
}

// rowsOf reads all rows, in the form of rowsAfter.
func rowsOf(t *testing.T, db *sqlite.DB) map[string]string {
	t.Helper()
	list, err := db.Reader().Query(`
		SELECT 'session ' || session_key, session_data FROM django_session
		UNION ALL SELECT 'token ' || token_hash, IIF(revoked_at IS NULL, 'valid', 'revoked') FROM rest_token
		UNION ALL SELECT 'family ' || id, current_jti FROM rest_refresh_family
		UNION ALL SELECT 'blocked ' || jti, '' FROM blocklist_blocklistedjwtoken`)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Close()
	rows := map[string]string{}
	for list.Next() {
		var row, value string
		if err := list.Scan(&row, &value); err != nil {
			t.Fatal(err)
		}
		rows[row] = value
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}
