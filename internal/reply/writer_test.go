package reply_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-modern-rest/rest/internal/reply"
)

var errRead = errors.New("the disk is broken")

// TestLazyWriter: the header is sent with the first byte, and not before.
func TestLazyWriter(t *testing.T) {
	for _, test := range []struct {
		name    string
		src     io.Reader
		body    string
		started bool
		err     error
	}{
		{"bytes", strings.NewReader("hello"), "hello", true, nil},
		{"byte by byte", iotest.OneByteReader(strings.NewReader("hello")), "hello", true, nil},
		{"bytes with the end", iotest.DataErrReader(strings.NewReader("hello")), "hello", true, nil},
		{"nothing", strings.NewReader(""), "", false, nil},
		{"an error first", iotest.ErrReader(errRead), "", false, errRead},
		{"an error later", io.MultiReader(strings.NewReader("hel"), iotest.ErrReader(errRead)), "hel", true, errRead},
		{"neither bytes nor an error", silent{}, "", false, io.ErrNoProgress},
	} {
		recorder := httptest.NewRecorder()
		w := reply.NewLazyWriter(recorder, make([]byte, 2), func() { recorder.WriteHeader(202) })
		if n, err := w.Write(nil); n != 0 || err != nil || w.Started() {
			t.Errorf("%s: writing nothing: got %d %v, started %v", test.name, n, err, w.Started())
		}
		_, err := w.ReadFrom(test.src)
		if !errors.Is(err, test.err) || recorder.Body.String() != test.body || w.Started() != test.started || w.Written() != int64(len(test.body)) {
			t.Errorf("%s: got %q, started %v, %v", test.name, recorder.Body, w.Started(), err)
		}
		if w.Started() && recorder.Code != 202 {
			t.Errorf("%s: got %d", test.name, recorder.Code)
		}
		w.Close()
		if _, err := w.Write([]byte("late")); err == nil {
			t.Errorf("%s: a write after the end succeeded", test.name)
		}
	}
}

type silent struct{}

func (silent) Read([]byte) (int, error) { return 0, nil }

// broken is a ResponseWriter whose client has left.
type broken struct{ http.ResponseWriter }

func (broken) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestLazyWriterKnowsClients(t *testing.T) {
	w := reply.NewLazyWriter(broken{httptest.NewRecorder()}, make([]byte, 2), func() {})
	_, err := w.Write([]byte("x"))
	if !errors.Is(err, reply.ErrClient) || !errors.Is(err, io.ErrClosedPipe) || w.Failed() == nil {
		t.Errorf("got %v", err)
	}
	if _, err := w.ReadFrom(iotest.ErrReader(errRead)); errors.Is(err, reply.ErrClient) {
		t.Errorf("an error of the reader: got %v", err)
	}
}

// kernel copies as net/http does, and notes it.
type kernel struct {
	*httptest.ResponseRecorder
	copied int64
}

func (k *kernel) ReadFrom(src io.Reader) (int64, error) {
	n, err := k.Body.ReadFrom(src)
	k.copied += n
	return n, err
}

// TestFilesAreCopiedByTheKernel: all but the first bytes of a file are.
func TestFilesAreCopiedByTheKernel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, bytes.Repeat([]byte("0123456789"), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, limit := range map[string]int64{"whole": 0, "a part": 5000} {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var src io.Reader = file
		if limit > 0 {
			src = io.LimitReader(file, limit)
		}
		k := &kernel{ResponseRecorder: httptest.NewRecorder()}
		w := reply.NewLazyWriter(k, make([]byte, 100), func() {})
		n, err := w.ReadFrom(src)
		if err != nil || n != w.Written() || n != int64(k.Body.Len()) || k.copied != n-100 {
			t.Errorf("%s: got %d bytes, %d by the kernel, %v", name, n, k.copied, err)
		}
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}
}
