package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type upload struct {
	Title  string      `form:"title" minLength:"1"`
	Avatar rest.File   `form:"avatar" doc:"A picture."`
	Banner *rest.File  `form:"banner"`
	Photos []rest.File `form:"photos"`
}

func receive(_ context.Context, in upload) ([]string, error) {
	texts := []string{in.Title}
	for _, file := range append([]rest.File{in.Avatar}, in.Photos...) {
		opened, err := file.Open()
		if err != nil {
			return nil, err
		}
		defer opened.Close()
		content, err := io.ReadAll(opened)
		if err != nil {
			return nil, err
		}
		texts = append(texts, file.Filename+"="+file.Header.Get("Content-Type")+":"+string(content[:min(len(content), 10)]))
	}
	if in.Banner != nil {
		texts = append(texts, "banner")
	}
	return texts, nil
}

// form builds a multipart body: "name" is a field, "name@file" a file.
func form(t *testing.T, parts ...string) (*bytes.Buffer, string) {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(parts); i += 2 {
		name, file, isFile := strings.Cut(parts[i], "@")
		var part io.Writer
		var err error
		if isFile {
			part, err = w.CreateFormFile(name, file)
		} else {
			part, err = w.CreateFormField(name)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &body, w.FormDataContentType()
}

func TestFiles(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	s := settings()
	s.MaxBody = 4 << 20
	api := newAPI(t, s, rest.Controller{Path: "/upload", Auth: auth.Public, Post: rest.Handle(receive)})
	big := strings.Repeat("x", 3<<20) // more than is kept in memory
	for name, c := range map[string]struct {
		parts  []string
		status int
		want   string
	}{
		"all":          {[]string{"title", "T", "avatar@a.png", "A", "banner@b", "B", "photos@1", "p1", "photos@2", "p2"}, 201, `["T","a.png=application/octet-stream:A","1=application/octet-stream:p1","2=application/octet-stream:p2","banner"]`},
		"required":     {[]string{"title", "T", "avatar@a.png", ""}, 201, `["T","a.png=application/octet-stream:"]`},
		"missing":      {[]string{"title", "", "photos@1", "p1"}, 400, `"loc":["parsed_body","avatar"]`},
		"both wrong":   {[]string{"title", ""}, 400, `"loc":["parsed_body","title"]`},
		"a text as it": {[]string{"title", "T", "avatar", "text"}, 400, `"loc":["parsed_body","avatar"]`},
		"big":          {[]string{"title", "T", "avatar@a", big}, 201, `:xxxxxxxxxx"]`},
		"too big":      {[]string{"title", "T", "avatar@a", big + big}, 413, `larger than 4194304 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			body, contentType := form(t, c.parts...)
			r := httptest.NewRequest("POST", "/upload", body)
			r.Header.Set("Content-Type", contentType)
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("got %d %s, want %d %s", w.Code, w.Body, c.status, c.want)
			}
			if left, err := filepath.Glob(filepath.Join(temporary, "*")); err != nil || len(left) > 0 {
				t.Errorf("temporary files are left: %v, %v", left, err)
			}
		})
	}
	if w := send(api, "POST", "/upload", "title=T&avatar=x", "Content-Type", "application/x-www-form-urlencoded"); w.Code != 415 {
		t.Errorf("a form without files: got %d %s, want 415", w.Code, w.Body)
	}
	if _, err := os.Stat(temporary); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreDocumented(t *testing.T) {
	api := newAPI(t, settings(), rest.Controller{Path: "/upload", Auth: auth.Public, Post: rest.Handle(receive)})
	text, err := json.Marshal(api.Document().Paths["/upload"].Post.RequestBody.Content)
	if err != nil {
		t.Fatal(err)
	}
	var got any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	file := map[string]any{"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
	avatar := map[string]any{"type": "string", "format": "binary", "contentMediaType": "application/octet-stream", "description": "A picture."}
	want := map[string]any{"multipart/form-data": map[string]any{"schema": map[string]any{
		"type": "object", "required": []any{"title", "avatar"},
		"properties": map[string]any{
			"title": map[string]any{"type": "string", "minLength": 1.0}, "avatar": avatar, "banner": file, "photos": map[string]any{"type": "array", "items": file},
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	type wrong struct {
		File rest.File `query:"f"`
	}
	_, err = rest.New(settings(), rest.Router{Controllers: []rest.Controller{{Path: "/", Auth: auth.Public, Post: rest.Handle(
		func(context.Context, wrong) (rest.None, error) { return rest.None{}, nil })}}})
	if err == nil || !strings.Contains(err.Error(), "a file is a part of a form") {
		t.Errorf("a file in a query: got %v", err)
	}
}

func TestBrokenQueryIsRefused(t *testing.T) {
	type paged struct {
		Page int `query:"page" default:"1"`
	}
	api := newAPI(t, settings(), rest.Controller{Path: "/", Auth: auth.Public, Get: rest.Handle(
		func(_ context.Context, in paged) (int, error) { return in.Page, nil })})
	for _, query := range []string{"page=%zz", "page=2;x=1", "%=1"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		if api.ServeHTTP(w, r); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"loc":["parsed_query"]`) {
			t.Errorf("%s: got %d %s, want 400", query, w.Code, w.Body)
		}
	}
}
