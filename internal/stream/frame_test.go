package stream_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-modern-rest/rest/internal/stream"
)

func TestHead(t *testing.T) {
	for _, test := range []struct {
		name string
		head stream.Head
		want string
	}{
		{"nothing", stream.Head{}, ""},
		{"everything", stream.Head{ID: "7", Name: "changed", Retry: 1500 * time.Millisecond}, "id: 7\nevent: changed\nretry: 1500\n"},
		{"a short retry", stream.Head{Retry: time.Microsecond}, "retry: 1\n"},
		{"a field in the ID", stream.Head{ID: "7\ndata: forged"}, "error"},
		{"a carriage return", stream.Head{Name: "a\rdata: forged"}, "error"},
		{"NUL", stream.Head{ID: "7\x00"}, "error"},
		{"not UTF-8", stream.Head{ID: "\xff"}, "error"},
		{"a negative retry", stream.Head{Retry: -time.Second}, "error"},
	} {
		got, err := test.head.Append(nil)
		if err != nil {
			got = []byte("error")
		}
		if string(got) != test.want {
			t.Errorf("%s: got %q %v, want %q", test.name, got, err, test.want)
		}
	}
}

func TestOneLine(t *testing.T) {
	json := []byte("{\r\n\"a\": 1\n}")
	if stream.OneLine(json); string(json) != "{  \"a\": 1 }" {
		t.Errorf("got %q", json)
	}
}

type wrapper struct{ http.ResponseWriter }

func (w wrapper) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type hidden struct{ http.ResponseWriter }

func TestCanFlush(t *testing.T) {
	recorder := httptest.NewRecorder()
	for _, test := range []struct {
		name string
		w    http.ResponseWriter
		want bool
	}{
		{"itself", recorder, true},
		{"wrapped", wrapper{wrapper{recorder}}, true},
		{"hidden", hidden{recorder}, false},
		{"hidden in a wrapper", wrapper{hidden{recorder}}, false},
	} {
		if got := stream.CanFlush(test.w); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
