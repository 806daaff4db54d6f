package password_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/go-modern-rest/rest/password"
)

type vector struct {
	ID, Django, Kind, Note, Algorithm, Password, Cost string
	Encoded                                           *string
	Valid                                             bool
	MustUpdate                                        *bool `json:"must_update"`
	Defaults                                          map[password.Algorithm]struct {
		Iterations, Rounds, Parallelism int
		TimeCost                        uint32 `json:"time_cost"`
		MemoryCost                      uint32 `json:"memory_cost"`
		WorkFactor                      int    `json:"work_factor"`
		BlockSize                       int    `json:"block_size"`
	}
}

func vectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/passwords.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Vectors []vector }
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Vectors
}

// TestDjangoVerdicts checks what each release of Django said about passwords. The
// hasher is cheap, so that refusals (which compute one hash of it) are, too.
func TestDjangoVerdicts(t *testing.T) {
	h := &password.Hasher{Algorithm: password.PBKDF2SHA256, PBKDF2Iterations: 1, InsecureMD5: true}
	tried, expensive := map[string]int{}, map[string]bool{}
	for _, v := range vectors(t) {
		switch {
		case v.Encoded == nil: // defaults, and what Django could not encode
			continue
		case v.Kind == "variant_argon2d":
			if ok, _ := h.Check(t.Context(), *v.Encoded, v.Password); ok {
				t.Errorf("%s: argon2d was accepted", v.ID)
			}
			continue
		case v.Algorithm == "bcrypt" && len(v.Password) > 72:
			continue
		case v.Cost == "default" && v.Algorithm != "md5":
			if expensive[v.Algorithm] || v.Algorithm != "pbkdf2_sha256" && v.Algorithm != "argon2" {
				continue
			}
			expensive[v.Algorithm] = true
		}
		tried[v.Algorithm]++
		got, err := h.Check(t.Context(), *v.Encoded, v.Password)
		if got != v.Valid || err != nil {
			t.Errorf("%s %s %s %q: got %v, %v, want %v", v.ID, v.Kind, v.Note, *v.Encoded, got, err, v.Valid)
		}
	}
	for _, name := range []string{"pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "md5", ""} {
		if tried[name] < 20 {
			t.Errorf("only %d vectors of algorithm %q", tried[name], name)
		}
	}
}

// TestDjangoUpgrades compares NeedsUpgrade with must_update of the release that
// made the vector, whose default costs are the hasher's.
func TestDjangoUpgrades(t *testing.T) {
	all := vectors(t)
	hashers := map[string]*password.Hasher{}
	for _, v := range all {
		for algorithm, cost := range v.Defaults {
			hashers[v.Django+string(algorithm)] = &password.Hasher{
				Algorithm: algorithm, PBKDF2Iterations: cost.Iterations, BcryptCost: cost.Rounds,
				Argon2: password.Argon2Cost{Memory: cost.MemoryCost, Time: cost.TimeCost, Threads: uint8(cost.Parallelism)},
				Scrypt: password.ScryptCost{N: cost.WorkFactor, R: cost.BlockSize, P: cost.Parallelism},
			}
		}
	}
	tried := 0
	for _, v := range all {
		h := hashers[v.Django+v.Algorithm]
		if h == nil || v.MustUpdate == nil || v.Kind == "odd" || v.Kind == "variant_argon2d" || v.Algorithm == "md5" {
			continue // md5 always needs one here; Django compares it with md5 as the preferred one
		}
		tried++
		if got := h.NeedsUpgrade(*v.Encoded); got != *v.MustUpdate {
			t.Errorf("%s %s %q: got %v, want %v", v.ID, v.Kind, *v.Encoded, got, *v.MustUpdate)
		}
	}
	if tried < 300 {
		t.Errorf("only %d vectors", tried)
	}
}
