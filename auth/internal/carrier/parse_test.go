package carrier_test

import (
	"net/http/httptest"
	"testing"

	"github.com/go-modern-rest/rest/auth/internal/carrier"
)

func TestScheme(t *testing.T) {
	for _, test := range []struct {
		name, value, scheme, want string
		ok                        bool
	}{
		{"plain", "Bearer abc", "Bearer", "abc", true},
		{"any case", "bEARER abc", "Bearer", "abc", true},
		{"several spaces", "Bearer   abc", "Bearer", "abc", true},
		{"tab is no space", "Bearer\tabc", "Bearer", "", false},
		{"absent", "", "Bearer", "", false},
		{"scheme alone", "Bearer", "Bearer", "", false},
		{"scheme and space", "Bearer ", "Bearer", "", false},
		{"two credentials", "Bearer a b", "Bearer", "", false},
		{"trailing space", "Bearer a ", "Bearer", "", false},
		{"other scheme", "Basic abc", "Bearer", "", false},
		{"longer scheme", "Bearers abc", "Bearer", "", false},
		{"no scheme wanted", "abc", "", "abc", true},
		{"no scheme wanted, absent", "", "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := carrier.Scheme(test.value, test.scheme)
			if got != test.want || ok != test.ok {
				t.Errorf("got %q %v, want %q %v", got, ok, test.want, test.ok)
			}
		})
	}
}

func TestRepeatedLinesAreOneValue(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header["Authorization"] = []string{"Bearer a", "Bearer b"}
	value := carrier.HeaderValue(r, "Authorization")
	if _, ok := carrier.Scheme(value, "Bearer"); ok {
		t.Errorf("%q was read as one credential", value)
	}
}
