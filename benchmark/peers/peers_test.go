package peers_test

import (
	"context"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/go-modern-rest/rest/benchmark/databases"
	"github.com/go-modern-rest/rest/benchmark/measure"
	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

// shared is the site of all tests.
var shared *site.Site

func TestMain(m *testing.M) {
	var err error
	if shared, err = site.NewTemporary(context.Background()); err != nil {
		log.Fatal(err)
	}
	stop, missing, err := databases.Connect(context.Background(), shared)
	if err != nil {
		log.Fatal(err)
	}
	for _, reason := range missing {
		log.Print(reason)
	}
	code := m.Run()
	if err := shared.Close(); err != nil {
		log.Fatal(err)
	}
	stop()
	os.Exit(code)
}

// TestPeersGiveTheAgreedReplies sends each workload three times: what is measured reuses a request.
func TestPeersGiveTheAgreedReplies(t *testing.T) {
	s := shared
	all := workload.All(s)
	for _, p := range peers.All() {
		t.Run(p.Name, func(t *testing.T) {
			server, err := measure.Start(p, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range all {
				if !p.Has(w.ID) {
					continue
				}
				target := server.Target(w)
				for range 3 {
					status, body, err := target.Call()
					if err == nil {
						err = w.Check(status, body)
					}
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// TestPeersRefuse sends what no peer may accept.
func TestPeersRefuse(t *testing.T) {
	s := shared
	var refused []workload.Workload
	add := func(name, path, header, value string) {
		refused = append(refused, workload.Workload{ID: path + " " + name, Method: "GET", Path: path, Header: map[string]string{header: value},
			Status: []int{401}, Reply: site.UnauthenticatedBody})
	}
	for name, token := range s.Refused() {
		for _, path := range []string{"/w1", "/w2", "/w6"} {
			add(name, path, "Authorization", strings.TrimSuffix("Bearer "+token, " "))
		}
	}
	for _, path := range []string{"/w3", "/w6"} {
		add("wrong password", path, "Authorization", "Basic YWxpY2U6bm9wZQ==")
		add("not base64", path, "Authorization", "Basic ???")
	}
	add("unknown session", "/w4", "Cookie", "sessionid=zzz")
	add("unknown session", "/w4d", "Cookie", "sessionid=zzz")
	add("unknown session", "/w6", "Cookie", "sessionid=zzz")
	add("unknown token", "/w5", "X-API-Token", "nope")
	if s.Postgres != nil {
		add("unknown session", "/postgres/session", "Cookie", "sessionid=zzz")
		add("unknown token", "/postgres/token", "X-API-Token", "nope")
		add("token without a login", "/postgres/family", "Authorization", "Bearer "+s.JWT)
	}
	if s.Redis != nil {
		add("unknown session", "/redis/session", "Cookie", "sessionid=zzz")
		add("bad signature", "/redis/blocklist", "Authorization", "Bearer "+s.BadSignature)
	}
	for _, path := range []string{"/w1", "/w2", "/w3", "/w4", "/w4d", "/w5", "/w6"} {
		add("nothing", path, "Accept", "*/*")
	}
	for _, p := range peers.All() {
		t.Run(p.Name, func(t *testing.T) {
			server, err := measure.Start(p, s)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range refused {
				if !p.Whole && (w.Path == "/w4d" || strings.Count(w.Path, "/") > 1) {
					continue
				}
				if status, body, err := server.Target(w).Call(); err != nil || w.Check(status, body) != nil {
					t.Errorf("got %d, %v for %s: %.200s", status, err, w.ID, body)
				}
			}
		})
	}
}
