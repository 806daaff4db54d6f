package reliability_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// patience is when a client gives up. It is longer than the deadline of a request in the program.
const patience = requestTimeout + 3*time.Second

// kinds are the kinds of credentials, each with its engine.
var kinds = []string{"session/pg", "session/redis", "jwt/pg", "jwt/redis", "token/pg"}

// credential is one that a client was given.
type credential struct {
	kind   string
	access string // the value of a cookie or a header
	again  string // the refresh token of a JWT
}

// findings are what clients saw together.
type findings struct {
	requests, unanswered, refused, unavailable atomic.Int64
	logins, logouts, rotations                 atomic.Int64

	mu     sync.Mutex
	faults []string
}

// fault records something that must not happen.
func (f *findings) fault(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.faults) < 100 {
		f.faults = append(f.faults, time.Now().Format("05.000 ")+fmt.Sprintf(format, args...))
	}
}

// client is a user who has several credentials. It remembers those that must be accepted, and those
// that must not be any more. It forgets those of which no reply said what has become of them.
type client struct {
	name, password string
	urls           []string
	http           *http.Client
	findings       *findings
	rand           *rand.Rand

	live, ended []credential
}

// answer is the reply to a request. Status zero: the connection broke, so that the request may or
// may not have had an effect.
type answer struct {
	status int
	body   []byte
	header http.Header
}

// clear reports whether the reply says what the request did.
func (a answer) clear() bool { return a.status > 0 && a.status < 500 }

func (c *client) send(ctx context.Context, method, path string, with credential, body any) answer {
	return c.sendTo(ctx, c.urls[c.rand.IntN(len(c.urls))], method, path, with, body)
}

func (c *client) sendTo(ctx context.Context, url, method, path string, with credential, body any) answer {
	c.findings.requests.Add(1)
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	text, _ := json.Marshal(body)
	r, err := http.NewRequestWithContext(ctx, method, url+path, bytes.NewReader(text))
	if err != nil {
		c.findings.fault("%v", err)
		return answer{}
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	with.authorize(r)
	reply, err := c.http.Do(r)
	if err != nil {
		c.findings.unanswered.Add(1)
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			c.findings.fault("%s %s: no answer within %v", method, path, patience)
		}
		return answer{}
	}
	defer reply.Body.Close()
	text, err = io.ReadAll(reply.Body)
	if err != nil {
		c.findings.unanswered.Add(1)
		return answer{}
	}
	switch {
	case reply.StatusCode == http.StatusServiceUnavailable:
		c.findings.unavailable.Add(1)
		if reply.Header.Get("Retry-After") == "" {
			c.findings.fault("%s %s: a 503 without Retry-After", method, path)
		}
	case reply.StatusCode >= 500:
		c.findings.fault("%s %s: status %d: %s", method, path, reply.StatusCode, text)
	case reply.StatusCode >= 400:
		c.findings.refused.Add(1)
	}
	return answer{reply.StatusCode, text, reply.Header}
}

func (cr credential) authorize(r *http.Request) {
	switch {
	case cr.access == "":
	case cr.kind == "session/pg" || cr.kind == "session/redis":
		r.AddCookie(&http.Cookie{Name: "session_" + cr.kind[len("session/"):], Value: cr.access})
	case cr.kind == "token/pg":
		r.Header.Set("X-API-Token", cr.access)
	default:
		r.Header.Set("Authorization", "Bearer "+cr.access)
	}
}

// step does one thing that a client does.
func (c *client) step(ctx context.Context) {
	switch n := c.rand.IntN(10); {
	case len(c.live) == 0 || n < 2 && len(c.live) < 20:
		c.login(ctx)
	case n < 5:
		c.use(ctx, c.live[c.rand.IntN(len(c.live))])
	case n == 5:
		c.logout(ctx)
	case n == 6 && len(c.ended) > 0:
		c.mustBeRefused(ctx, c.ended[c.rand.IntN(len(c.ended))], "that was ended")
	case n == 7:
		c.forge(ctx)
	default:
		c.rotate(ctx)
	}
}

func (c *client) login(ctx context.Context) { c.loginAs(ctx, kinds[c.rand.IntN(len(kinds))]) }

func (c *client) loginAs(ctx context.Context, kind string) {
	login := "/login/"
	if kind[0] != 's' {
		login = "/obtain/"
	}
	got := c.send(ctx, "POST", "/"+kind+login, credential{}, map[string]string{"username": c.name, "password": c.password})
	switch {
	case got.status == http.StatusOK || got.status == http.StatusCreated:
		c.findings.logins.Add(1)
		c.live = append(c.live, read(kind, got))
	case got.clear():
		c.findings.fault("login %s of %s: status %d: %s", kind, c.name, got.status, got.body)
	}
}

// read returns the credential of a reply.
func read(kind string, got answer) credential {
	var body struct {
		Token   string `json:"token"`
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	_ = json.Unmarshal(got.body, &body)
	cr := credential{kind: kind, access: body.Access + body.Token, again: body.Refresh}
	for _, cookie := range (&http.Response{Header: got.header}).Cookies() {
		if cookie.Name == "session_pg" || cookie.Name == "session_redis" {
			cr.access = cookie.Value
		}
	}
	return cr
}

// use expects that a credential is accepted, as its own user.
func (c *client) use(ctx context.Context, cr credential) {
	got := c.send(ctx, "GET", "/"+cr.kind+"/me", cr, nil)
	switch {
	case !got.clear():
	case got.status != http.StatusOK:
		c.findings.fault("%s of %s was lost: status %d: %s", cr.kind, c.name, got.status, got.body)
	case string(got.body) != `"`+c.name+`"`:
		c.findings.fault("%s of %s lets in as %s", cr.kind, c.name, got.body)
	}
}

// mustBeRefused expects that a credential is not accepted.
func (c *client) mustBeRefused(ctx context.Context, cr credential, what string) {
	if got := c.send(ctx, "GET", "/"+cr.kind+"/me", cr, nil); got.status != 0 && got.status < 400 {
		c.findings.fault("%s of %s %s was accepted: %d %s", cr.kind, c.name, what, got.status, got.body)
	}
}

// forge sends credentials that no login has given.
func (c *client) forge(ctx context.Context) {
	for _, cr := range []credential{
		{kind: "session/pg", access: "abcdefghijklmnopqrstuvwxyz012345"}, {kind: "session/redis", access: "abcdefghijklmnopqrstuvwxyz012345"},
		{kind: "jwt/pg", access: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}, {kind: "token/pg", access: "abc"}, {kind: "token/pg"},
	} {
		c.mustBeRefused(ctx, cr, "that was forged")
	}
}

// take removes a random live credential that f accepts.
func (c *client) take(f func(credential) bool) (credential, bool) {
	for _, i := range c.rand.Perm(len(c.live)) {
		if cr := c.live[i]; f(cr) {
			c.live = append(c.live[:i], c.live[i+1:]...)
			return cr, true
		}
	}
	return credential{}, false
}

func (c *client) logout(ctx context.Context) {
	cr, ok := c.take(func(credential) bool { return true })
	if !ok {
		return
	}
	path, body := "/logout/", any(nil)
	switch {
	case cr.again != "":
		path, body = "/revoke/", map[string]string{"refresh_token": cr.again}
	case cr.kind == "token/pg":
		path = "/revoke/"
	}
	got := c.send(ctx, "POST", "/"+cr.kind+path, cr, body)
	switch {
	case got.status == http.StatusNoContent:
		c.findings.logouts.Add(1)
		if c.ended = append(c.ended, cr); len(c.ended) > 30 {
			c.ended = c.ended[1:]
		}
	case got.clear():
		c.findings.fault("logout of %s: status %d: %s", cr.kind, got.status, got.body)
	}
}

// rotate exchanges a refresh token twice at the same time, by different processes: at most one may
// get a pair, and exactly one if both are answered.
func (c *client) rotate(ctx context.Context) {
	cr, ok := c.take(func(cr credential) bool { return cr.again != "" })
	if !ok {
		return
	}
	first := c.rand.IntN(len(c.urls))
	var got [2]answer
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			got[i] = c.sendTo(ctx, c.urls[(first+i)%len(c.urls)], "POST", "/"+cr.kind+"/refresh/", credential{}, map[string]string{"refresh_token": cr.again})
		})
	}
	wg.Wait()
	won := 0
	for _, answer := range got {
		if answer.status == http.StatusOK {
			won++
			c.live = append(c.live, read(cr.kind, answer))
		}
	}
	if won > 0 {
		c.findings.rotations.Add(1)
	}
	if clear := got[0].clear() && got[1].clear(); won > 1 || won == 0 && clear {
		c.findings.fault("%s: %d of two refreshes got a pair: %d %s, %d %s", cr.kind, won, got[0].status, got[0].body, got[1].status, got[1].body)
	}
}

// check uses every credential on every process, after everything works again.
func (c *client) check(ctx context.Context) {
	for _, url := range c.urls {
		for _, cr := range c.live {
			got := c.sendTo(ctx, url, "GET", "/"+cr.kind+"/me", cr, nil)
			if got.status != http.StatusOK {
				c.findings.fault("in the end: %s of %s was lost: status %d: %s", cr.kind, c.name, got.status, got.body)
			}
		}
		for _, cr := range c.ended {
			if got := c.sendTo(ctx, url, "GET", "/"+cr.kind+"/me", cr, nil); got.status != http.StatusUnauthorized {
				c.findings.fault("in the end: %s of %s that was ended: status %d: %s", cr.kind, c.name, got.status, got.body)
			}
		}
	}
}
