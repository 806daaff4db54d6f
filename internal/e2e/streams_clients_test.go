package e2e_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

// TestEventSource: a browser gets events, reconnects when the reply ends, says which event
// it had last, and stops at a 204.
func TestEventSource(t *testing.T) {
	const page = `<title>events</title><script>
const read = () => new Promise((done) => {
  const seen = [];
  const source = new EventSource("/events");
  source.addEventListener("tick", (e) => seen.push(e.lastEventId + ":" + JSON.parse(e.data).n));
  source.addEventListener("error", (e) => {
    if (e.data) seen.push("error:" + JSON.parse(e.data).detail[0].msg);
    if (source.readyState === EventSource.CLOSED) done(seen.join("|"));
  });
});
</script>`
	type tick struct {
		N int `json:"n"`
	}
	type subscribe struct {
		Last int `header:"Last-Event-ID" default:"0"`
	}
	type ticks struct {
		Status int                           `status:"200,204"`
		Body   rest.Stream[rest.Event[tick]] `body:""`
	}
	busy := &rest.Error{Status: 409, Msg: "Try again"}
	handler := func(_ context.Context, in subscribe) (ticks, error) {
		if in.Last >= 5 {
			return ticks{Status: http.StatusNoContent}, nil
		}
		return ticks{Body: func(yield func(rest.Event[tick], error) bool) {
			for n := in.Last + 1; n <= in.Last+2; n++ {
				if !yield(rest.Event[tick]{ID: strconv.Itoa(n), Name: "tick", Retry: 10 * time.Millisecond, Data: tick{n}}, nil) {
					return
				}
			}
			if in.Last == 2 {
				yield(rest.Event[tick]{}, busy)
			}
		}}, nil
	}
	api, err := rest.New(rest.Settings{Title: "Events", Version: "1", Languages: []string{"en"}}, rest.Router{
		Auth:        auth.Public,
		Controllers: []rest.Controller{{Path: "/events", Get: rest.Handle(handler, rest.Op{Errors: []error{busy}})}},
		Mounts:      []rest.Mount{{Path: "/", Handler: pageOf(page)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string]("read()", chromedp.EvalAwaitPromise))
	if want := "1:1|2:2|3:3|4:4|error:Try again|5:5|6:6"; err != nil || got != want {
		t.Errorf("got %q %v, want %q", got, err, want)
	}
}

// TestDownloadIsResumed: curl sees that a download broke off, and asks for the rest.
func TestDownloadIsResumed(t *testing.T) {
	curl := tool(t, "curl")
	content := make([]byte, 1<<20)
	if _, err := rand.Read(content); err != nil {
		t.Fatal(err)
	}
	type download struct {
		ETag string       `header:"ETag"`
		Body rest.Content `body:"application/octet-stream"`
	}
	var mu sync.Mutex
	breaks := true
	var ranges []string
	type request struct{ R *http.Request }
	api, err := rest.New(rest.Settings{Title: "T", Version: "1", Logger: slog.New(slog.DiscardHandler)}, rest.Router{Controllers: []rest.Controller{{Path: "/file", Auth: auth.Public,
		Get: rest.Handle(func(_ context.Context, in request) (download, error) {
			mu.Lock()
			defer mu.Unlock()
			var reader io.ReadSeeker = bytes.NewReader(content)
			if breaks {
				reader = &breaking{reader, len(content) / 2}
			}
			breaks = false
			ranges = append(ranges, in.R.Header.Get("Range"))
			return download{`"v1"`, rest.Content{Reader: reader, Filename: "file.bin"}}, nil
		})}}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	defer server.Close()
	path := filepath.Join(t.TempDir(), "file.bin")
	run := func() error {
		return exec.CommandContext(t.Context(), curl, "--silent", "--show-error", "--max-time", "20", "--continue-at", "-", "--output", path, server.URL+"/file").Run()
	}
	if err := run(); err == nil {
		t.Error("curl takes half a file for the whole")
	}
	half, err := os.Stat(path)
	if err != nil || half.Size() == 0 || half.Size() >= int64(len(content)) {
		t.Fatalf("got %v %v of the file", half, err)
	}
	if err := run(); err != nil {
		t.Errorf("resumed: %v", err)
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("got %d bytes that are equal %v, %v", len(got), bytes.Equal(got, content), err)
	}
	if len(ranges) != 2 || ranges[1] != "bytes="+strconv.FormatInt(half.Size(), 10)+"-" {
		t.Errorf("got the ranges %q", ranges)
	}
}

// breaking fails after some bytes.
type breaking struct {
	io.ReadSeeker
	left int
}

func (b *breaking) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("the disk is broken")
	}
	n, err := b.ReadSeeker.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// TestStreamOutlivesWriteTimeout: the deadline of a stream is that of one write. Afterwards
// the connection can be used again.
func TestStreamOutlivesWriteTimeout(t *testing.T) {
	slow := rest.Stream[int](func(yield func(int, error) bool) {
		for n := range 4 {
			if !yield(n, nil) {
				return
			}
			<-time.After(100 * time.Millisecond)
		}
	})
	api, err := rest.New(rest.Settings{Title: "T", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/slow", Get: rest.Handle(func(context.Context, rest.None) (rest.Stream[int], error) { return slow, nil })}}})
	if err != nil {
		t.Fatal(err)
	}
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		server := httptest.NewUnstartedServer(api)
		server.Config.WriteTimeout = 150 * time.Millisecond
		if server.EnableHTTP2 = http2; http2 {
			server.StartTLS()
		} else {
			server.Start()
		}
		for range 2 {
			reply, err := server.Client().Get(server.URL + "/slow")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(reply.Body)
			_ = reply.Body.Close()
			if err != nil || strings.Count(string(body), "data: ") != 4 || reply.Proto != name {
				t.Errorf("%s: got %s %q %v", name, reply.Proto, body, err)
			}
		}
		server.Close()
	}
}
