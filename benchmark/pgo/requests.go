package pgo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"

	"github.com/go-modern-rest/rest/benchmark/workload"
)

// notes is how many notes the example has.
const notes = 20

// client calls the example as a browser and as a program.
type client struct {
	http http.Client
	base string
}

// post sends JSON and decodes the reply.
func (c *client) post(ctx context.Context, path string, in, out any, header ...string) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	reply, err := c.http.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(reply.Body)
	if err := errors.Join(err, reply.Body.Close()); err != nil {
		return err
	}
	if reply.StatusCode >= 300 {
		return fmt.Errorf("pgo: %s: %s: %s", path, reply.Status, text)
	}
	return json.Unmarshal(text, out)
}

// requests logs in to the example in each way, writes some notes, and returns what is measured.
func requests(ctx context.Context, base string) ([]workload.Workload, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	c := &client{http.Client{Jar: jar}, base}
	password := map[string]string{"username": "alice", "password": "alice-pass", "name": "benchmark"}
	var pair struct {
		Access string `json:"access_token"`
	}
	var token struct {
		Token string `json:"token"`
	}
	var ignored any
	login := map[string]string{"username": password["username"], "password": password["password"]}
	if err := errors.Join(
		c.post(ctx, "/api/session/login/", login, &ignored),
		c.post(ctx, "/api/jwt/obtain/", login, &pair),
		c.post(ctx, "/api/tokens/obtain/", password, &token),
	); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base, nil)
	if err != nil {
		return nil, err
	}
	cookie, csrf := "", ""
	for _, found := range jar.Cookies(r.URL) {
		cookie += found.Name + "=" + found.Value + "; "
		if found.Name == "csrftoken" {
			csrf = found.Value
		}
	}
	c.http.Jar = nil // as a program
	bearer := "Bearer " + pair.Access
	for i := range notes {
		if err := c.post(ctx, "/api/notes/", map[string]string{"title": fmt.Sprint("Note ", i)}, &ignored, "Authorization", bearer); err != nil {
			return nil, err
		}
	}
	get := func(id, path, name, value string, status int) workload.Workload {
		return workload.Workload{ID: id, Method: "GET", Path: path, Header: map[string]string{name: value}, Status: []int{status}}
	}
	return []workload.Workload{
		get("list, session", "/api/notes/", "Cookie", cookie, 200),
		get("list, JWT", "/api/notes/", "Authorization", bearer, 200),
		get("list, API token", "/api/notes/", "X-API-Token", token.Token, 200),
		get("read, session", "/api/notes/1/", "Cookie", cookie, 200),
		get("read, JWT", "/api/notes/1/", "Authorization", bearer, 200),
		get("refused", "/api/notes/", "Authorization", bearer+"A", 401),
		get("not found", "/api/notes/999999999/", "Authorization", bearer, 404),
		get("public", "/api/health/", "Accept", "application/json", 200),
		{ID: "create, session", Method: "POST", Path: "/api/notes/", Body: `{"title":"A note of the benchmark"}`, Status: []int{201},
			Header: map[string]string{"Cookie": cookie, "X-CSRFToken": csrf, "Content-Type": "application/json"}},
	}, nil
}
