// Package conformance_test holds the framework against what django-modern-rest
// 0.16.0 does: scenarios recorded there, and documents it made.
package conformance_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/conformance/internal/app"
	"github.com/go-modern-rest/rest/conformance/internal/scenario"
	"github.com/go-modern-rest/rest/internal/servers"
)

// deviation is why scenarios end in another way here, and in which: by the
// scenario's id and the step's number, what replaces the recorded expectation.
type deviation struct {
	Reason    string
	Scenarios map[string]map[string]scenario.Expect
}

// aside are tags of scenarios that are not about us: formats of Django's that we
// need not share, limits of the server they were recorded with, Python's way to
// read an integer.
var aside = []string{"python-int", "django-only", "server-limit"}

func skipped(s *scenario.Scenario) bool { return slices.ContainsFunc(aside, s.Has) }

func loadDeviations(t *testing.T) map[string]map[int]scenario.Expect {
	t.Helper()
	data, err := os.ReadFile("deviations.json")
	if err != nil {
		t.Fatal(err)
	}
	var groups []deviation
	if err := json.Unmarshal(data, &groups); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[int]scenario.Expect{}
	for _, group := range groups {
		if group.Reason == "" {
			t.Error("a deviation without reason")
		}
		for id, steps := range group.Scenarios {
			if all[id] == nil {
				all[id] = map[int]scenario.Expect{}
			}
			for number, expect := range steps {
				at, err := strconv.Atoi(number)
				if err != nil {
					t.Fatal(err)
				}
				if have, twice := all[id][at]; twice && !expect.Join(have) {
					t.Errorf("%s, step %d deviates twice", id, at)
				}
				all[id][at] = expect
			}
		}
	}
	return all
}

// engines are where the app has its tables. Each test of the scenarios runs on all of them.
var engines = []struct {
	name string
	open func(t *testing.T) app.Engine
}{
	{"memory", func(*testing.T) app.Engine { return app.Memory }},
	{"PostgreSQL with sessions in Redis", func(t *testing.T) app.Engine {
		return opened(t, servers.Postgres(t).URL, servers.Redis(t, "--appendfsync", "no").URL)
	}},
}

func opened(t *testing.T, database, sessions string) app.Engine {
	t.Helper()
	engine, closeStores, err := app.Open(t.Context(), database, sessions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeStores(); err != nil {
			t.Error(err)
		}
	})
	return engine
}

// start starts the app's profiles, and returns their addresses by name.
func start(t *testing.T, open func(t *testing.T) app.Engine) map[string]string {
	t.Helper()
	hosts := map[string]string{}
	for _, profile := range []app.Profile{app.Main, app.Debug, app.CSRFSession} {
		handler, err := app.New(t.Context(), profile, open(t))
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		hosts[string(profile)] = strings.TrimPrefix(server.URL, "http://")
	}
	return hosts
}

func load(t *testing.T) ([]scenario.Scenario, *scenario.Env) {
	t.Helper()
	all, env, err := scenario.Load("testdata/scenarios")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 500 {
		t.Fatalf("got %d scenarios, the recording has more", len(all))
	}
	return all, env
}

func hostOf(s *scenario.Scenario, hosts map[string]string) string {
	if s.Profile == "" {
		return hosts["main"]
	}
	return hosts[s.Profile]
}

// TestScenarios plays what was recorded. Where we deviate on purpose, our own
// answer is asserted; a deviation that is none any more fails.
func TestScenarios(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel() // the scenarios wait for what expires
			playScenarios(t, start(t, engine.open))
		})
	}
}

func playScenarios(t *testing.T, hosts map[string]string) {
	all, env := load(t)
	deviations := loadDeviations(t)
	passed, deviated, left := 0, 0, 0
	for i := range all {
		s := &all[i]
		if skipped(s) || s.Has("dmr-bug") {
			left++
			continue
		}
		host, override := hostOf(s, hosts), deviations[s.ID()]
		delete(deviations, s.ID())
		if override != nil {
			deviated++
			found, err := scenario.Run(s, host, env, nil)
			if err != nil {
				t.Fatal(err)
			}
			if found == nil {
				t.Errorf("%s: is listed in deviations.json, but does not deviate", s.ID())
			}
		}
		found, err := scenario.Run(s, host, env, override)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range found {
			t.Errorf("%s: %s", s.ID(), line)
		}
		if found == nil {
			passed++
		}
	}
	for id := range deviations {
		t.Errorf("%s: is listed in deviations.json, but was not played", id)
	}
	t.Logf("%d passed, %d of them with a deviation; %d left aside", passed, deviated, left)
}

// TestBugsOfTheOriginal plays the scenarios in which django-modern-rest answers
// 500, or a 422 of its own making. We may answer as we like, but not so.
func TestBugsOfTheOriginal(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) { playBugs(t, start(t, engine.open)) })
	}
}

func playBugs(t *testing.T, hosts map[string]string) {
	all, env := load(t)
	played := 0
	for i := range all {
		s := &all[i]
		if !s.Has("dmr-bug") {
			continue
		}
		statuses, err := scenario.Statuses(s, hostOf(s, hosts), env)
		if err != nil {
			t.Fatal(err)
		}
		played++
		for j, status := range statuses {
			if status >= 500 || status == 422 {
				t.Errorf("%s, request %d: got %d", s.ID(), j+1, status)
			}
		}
	}
	if played == 0 {
		t.Error("no scenario was played")
	}
}
