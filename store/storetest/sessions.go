package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
)

// Sessions tests a table of sessions against what package sessionauth expects. open returns an empty table each time.
func Sessions(t *testing.T, open func(t *testing.T) sessionauth.Store) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, sessionauth.Store)
	}{
		{"create and read", createAndRead},
		{"large data, letters and time zones", realisticSessions},
		{"update", update},
		{"touch leaves the data", touch},
		{"a late touch", lateTouch},
		{"replace", replace},
		{"what ended stays ended", noResurrection},
		{"by user", byUser},
		{"end by user", endByUser},
		{"sweep", sweepSessions},
		{"concurrent end and update", endAgainstUpdate},
		{"concurrent replacements", replaceAgainstReplace},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func session(key, userID string) store.Session {
	return store.Session{
		Key: key, Data: "data of " + key, UserID: userID,
		Created: begun, Seen: begun.Add(time.Minute), Expires: begun.Add(time.Hour),
	}
}

func hasSession(t *testing.T, sessions sessionauth.Store, want store.Session) {
	t.Helper()
	got, err := sessions.Session(t.Context(), want.Key)
	if err != nil {
		t.Errorf("session %s: %v", want.Key, err)
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("session %s (-want +got)\n%s", want.Key, diff)
	}
}

func noSession(t *testing.T, sessions sessionauth.Store, key string) {
	t.Helper()
	_, err := sessions.Session(t.Context(), key)
	want(t, "session "+key, err, store.ErrNotFound)
}

func createAndRead(t *testing.T, sessions sessionauth.Store) {
	anonymous, owned := session("anonymous", ""), session("owned", "7")
	must(t, sessions.Create(t.Context(), anonymous))
	must(t, sessions.Create(t.Context(), owned))
	hasSession(t, sessions, anonymous)
	hasSession(t, sessions, owned)
	for _, key := range []string{"", "OWNED", "owne", "owned ", "' OR 1=1 --", "own%"} {
		noSession(t, sessions, key)
	}
	other := session("owned", "8")
	want(t, "the same key", sessions.Create(t.Context(), other), store.ErrExists)
	hasSession(t, sessions, owned)
	hasCount(t, sessions, 2)
}

// realisticSessions are large, have letters of many alphabets, and times in the zones of their
// writers.
func realisticSessions(t *testing.T, sessions sessionauth.Store) {
	row := session("key", strings.Repeat("ю", 75))
	row.Data = strings.Repeat("данные 🔑\n\"'\\", 8<<10)
	zone := time.FixedZone("Newfoundland", -12600)
	row.Created, row.Seen, row.Expires = row.Created.In(zone), row.Seen.In(zone), row.Expires.In(zone)
	must(t, sessions.Create(t.Context(), row))
	hasSession(t, sessions, row)
	row.Data += "🔒"
	row.Expires = row.Expires.Add(time.Hour)
	must(t, sessions.Update(t.Context(), row))
	hasSession(t, sessions, row)
	rows, err := sessions.ByUser(t.Context(), row.UserID)
	must(t, err)
	if diff := cmp.Diff([]store.Session{row}, rows); diff != "" {
		t.Errorf("ByUser (-want +got)\n%s", diff)
	}
}

func update(t *testing.T, sessions sessionauth.Store) {
	must(t, sessions.Create(t.Context(), session("a", "7")))
	must(t, sessions.Create(t.Context(), session("b", "7")))
	changed := store.Session{
		Key: "a", Data: "new", UserID: "8", Created: begun.Add(1 * time.Second), Seen: begun.Add(2 * time.Second), Expires: begun.Add(3 * time.Second),
	}
	must(t, sessions.Update(t.Context(), changed))
	hasSession(t, sessions, changed)
	hasSession(t, sessions, session("b", "7"))
}

func touch(t *testing.T, sessions sessionauth.Store) {
	must(t, sessions.Create(t.Context(), session("a", "")))
	touched := session("a", "7")
	touched.Data, touched.Seen, touched.Expires = "", begun.Add(2*time.Hour), begun.Add(3*time.Hour)
	touched.Created = begun.Add(time.Microsecond)
	must(t, sessions.Touch(t.Context(), touched))
	flush(t, sessions)
	touched.Data = "data of a"
	hasSession(t, sessions, touched)
}

// lateTouch: a use that is written after a newer write does not undo it.
func lateTouch(t *testing.T, sessions sessionauth.Store) {
	must(t, sessions.Create(t.Context(), session("a", "7")))
	used := session("a", "7")
	used.Seen = used.Seen.Add(time.Second)
	must(t, sessions.Touch(t.Context(), used))
	written := session("a", "8")
	written.Data, written.Seen, written.Expires = "new", used.Seen.Add(time.Second), used.Expires.Add(-time.Minute)
	must(t, sessions.Update(t.Context(), written))
	flush(t, sessions)
	hasSession(t, sessions, written)
}

func replace(t *testing.T, sessions sessionauth.Store) {
	must(t, sessions.Create(t.Context(), session("old", "7")))
	must(t, sessions.Create(t.Context(), session("taken", "8")))
	want(t, "a taken key", sessions.Replace(t.Context(), "old", session("taken", "7")), store.ErrExists)
	hasSession(t, sessions, session("old", "7"))
	hasSession(t, sessions, session("taken", "8"))

	must(t, sessions.Replace(t.Context(), "old", session("new", "7")))
	noSession(t, sessions, "old")
	hasSession(t, sessions, session("new", "7"))

	want(t, "a gone key", sessions.Replace(t.Context(), "old", session("newer", "7")), store.ErrNotFound)
	noSession(t, sessions, "newer")
}

func noResurrection(t *testing.T, sessions sessionauth.Store) {
	row := session("a", "7")
	must(t, sessions.Create(t.Context(), row))
	must(t, sessions.Delete(t.Context(), "a"))
	must(t, sessions.Delete(t.Context(), "a")) // the second time is not an error
	want(t, "Update", sessions.Update(t.Context(), row), store.ErrNotFound)
	if err := sessions.Touch(t.Context(), row); err != nil {
		want(t, "Touch", err, store.ErrNotFound)
	}
	flush(t, sessions)
	want(t, "Replace", sessions.Replace(t.Context(), "a", session("b", "7")), store.ErrNotFound)
	noSession(t, sessions, "a")
	noSession(t, sessions, "b")
	if rows, err := sessions.ByUser(t.Context(), "7"); len(rows) != 0 || err != nil {
		t.Errorf("ByUser: got %v, %v, want none", rows, err)
	}
}

// three creates two sessions of user 7, one of user 77, and an anonymous one.
func three(t *testing.T, sessions sessionauth.Store) (first, second store.Session) {
	t.Helper()
	first, second = session("first", "7"), session("second", "7")
	second.Created = begun.Add(time.Second)
	for _, row := range []store.Session{first, second, session("other", "77"), session("anonymous", "")} {
		must(t, sessions.Create(t.Context(), row))
	}
	return first, second
}

func byUser(t *testing.T, sessions sessionauth.Store) {
	first, second := three(t, sessions)
	for userID, want := range map[string][]store.Session{"7": {second, first}, "": nil, "8": nil, "07": nil} {
		got, err := sessions.ByUser(t.Context(), userID)
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ByUser(%q) (-want +got)\n%s", userID, diff)
		}
	}
	// A session that changes hands, or comes into hands, is found under its owner.
	second.UserID = "77"
	must(t, sessions.Update(t.Context(), second))
	adopted := session("anonymous", "7")
	adopted.Seen = adopted.Seen.Add(time.Second)
	must(t, sessions.Touch(t.Context(), adopted))
	got, err := sessions.ByUser(t.Context(), "7")
	must(t, err)
	if diff := cmp.Diff([]store.Session{adopted, first}, got); diff != "" {
		t.Errorf("after the changes (-want +got)\n%s", diff)
	}
}

func endByUser(t *testing.T, sessions sessionauth.Store) {
	first, _ := three(t, sessions)
	ends := func(what, userID, except string, want ...string) {
		t.Helper()
		keys, err := sessions.DeleteByUser(t.Context(), userID, except)
		slices.Sort(keys)
		if err != nil || !slices.Equal(keys, want) {
			t.Errorf("%s: got %v, %v, want %v", what, keys, err, want)
		}
	}
	ends("of an anonymous user", "", "")
	ends("except one", "7", "first", "second")
	hasSession(t, sessions, first)
	noSession(t, sessions, "second")
	ends("all", "7", "", "first")
	ends("once more", "7", "")
	noSession(t, sessions, "first")
	hasSession(t, sessions, session("other", "77"))
	hasSession(t, sessions, session("anonymous", ""))
}

func sweepSessions(t *testing.T, sessions sessionauth.Store) {
	now := begun
	for name, expires := range map[string]time.Time{
		"long ago":  now.AddDate(-1, 0, 0),
		"just now":  now,
		"by a hair": now.Add(-time.Microsecond),
		"alive":     now.Add(time.Microsecond),
		"next day":  now.AddDate(0, 0, 1),
	} {
		row := session(name, "7")
		row.Expires = expires
		must(t, sessions.Create(t.Context(), row))
	}
	if !sweep(t, sessions, now, 3) {
		return
	}
	for _, gone := range []string{"long ago", "just now", "by a hair"} {
		noSession(t, sessions, gone)
	}
	if rows, err := sessions.ByUser(t.Context(), "7"); len(rows) != 2 || err != nil {
		t.Errorf("ByUser: got %v, %v, want the two that live", rows, err)
	}
	sweep(t, sessions, now, 0)
}

// endAgainstUpdate lets a logout meet requests that write the same session. When
// all are done, it is gone.
func endAgainstUpdate(t *testing.T, sessions sessionauth.Store) {
	for round := range 10 {
		row := session(fmt.Sprint("s", round), "7")
		must(t, sessions.Create(t.Context(), row))
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for _, write := range []error{sessions.Update(t.Context(), row), sessions.Touch(t.Context(), row)} {
					if write != nil && !errors.Is(write, store.ErrNotFound) {
						t.Error(write)
					}
				}
			})
		}
		wg.Go(func() {
			if err := sessions.Delete(t.Context(), row.Key); err != nil {
				t.Error(err)
			}
		})
		wg.Wait()
		flush(t, sessions)
		noSession(t, sessions, row.Key)
	}
}

// replaceAgainstReplace lets two requests give the same session a new key. One
// succeeds, and one session is left.
func replaceAgainstReplace(t *testing.T, sessions sessionauth.Store) {
	must(t, sessions.Create(t.Context(), session("old", "7")))
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { errs[i] = sessions.Replace(t.Context(), "old", session(fmt.Sprint("new", i), "7")) })
	}
	wg.Wait()
	succeeded := 0
	for _, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		want(t, "Replace", err, store.ErrNotFound)
	}
	if rows, err := sessions.ByUser(t.Context(), "7"); succeeded != 1 || len(rows) != 1 || err != nil {
		t.Errorf("%d replacements, %d sessions, %v, want 1 and 1", succeeded, len(rows), err)
	}
}
