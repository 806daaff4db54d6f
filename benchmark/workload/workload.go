// Package workload has the requests of the benchmark, and the replies that all peers must give.
package workload

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/go-modern-rest/rest/benchmark/site"
)

// Workload is a request and the agreed reply.
type Workload struct {
	// ID is short, for the heads of tables.
	ID string
	// Title says what a request does.
	Title string

	Method, Path string
	Header       map[string]string
	Body         string

	// Status is the agreed status. A reply may have one of several.
	Status []int
	// Reply is the agreed JSON of the body. Empty: the body is not compared.
	Reply string
	// Clients is how many clients send the request at once, and Events how many events each of
	// them receives. Zero: one client, and a reply that is not a stream.
	Clients, Events int
}

// Per is what the cost of a call is divided by: a stream is measured for each event and client.
func (w *Workload) Per() int { return max(1, w.Clients*w.Events) }

// Rows are the lengths of the lists.
var Rows = []int{10, 100, 1000, 10_000}

// All returns the workloads on the data of a site.
func All(s *site.Site) []Workload {
	all := Authentication(s)
	all = append(all,
		Workload{ID: "400", Title: "an invalid body: W8 with three mistakes", Method: "POST", Path: "/w8", Header: jsonBody(s.JWT), Body: mistaken(), Status: []int{400, 422}},
		Workload{ID: "404", Title: "an error of the application, as problem details (RFC 9457)", Method: "GET", Path: "/problem", Status: []int{404},
			Reply: `{"title":"Not Found","status":404,"detail":"No such order"}`},
		Workload{ID: "SSE", Title: fmt.Sprintf("a stream of %d events to %d clients, per event and client", site.StreamEvents, site.StreamClients),
			Method: "GET", Path: "/stream", Header: map[string]string{"Accept": "text/event-stream"}, Status: []int{200}, Clients: site.StreamClients, Events: site.StreamEvents},
	)
	all = append(all, servers(s)...)
	for _, n := range Rows {
		all = append(all, Workload{ID: List(n), Title: fmt.Sprintf("a list of %d items", n), Method: "GET", Path: fmt.Sprintf("/list/%d", n), Status: []int{200}, Reply: text(site.Items(n))})
	}
	return all
}

// servers returns the workloads of the servers that the site is connected to.
func servers(s *site.Site) []Workload {
	get := func(id, path, title, header, value string) Workload {
		return Workload{ID: id, Title: title, Method: "GET", Path: path, Header: map[string]string{header: value}, Status: []int{200}, Reply: text(site.Alice)}
	}
	var all []Workload
	if p := s.Postgres; p != nil {
		all = append(all,
			get("P4", "/postgres/session", "session and user from PostgreSQL", "Cookie", "sessionid="+p.Session),
			get("P5", "/postgres/token", "API token and user from PostgreSQL", "X-API-Token", p.Token),
			get("PF", "/postgres/family", "JWT, and its login and user from PostgreSQL", "Authorization", "Bearer "+p.FamilyJWT))
	}
	if r := s.Redis; r != nil {
		all = append(all,
			get("R4", "/redis/session", "session from Redis, user from SQLite", "Cookie", "sessionid="+r.Session),
			get("RB", "/redis/blocklist", "W1 and a blocklist in Redis", "Authorization", "Bearer "+s.JWT))
	}
	return all
}

// List is the ID of the workload whose reply has n rows.
func List(n int) string { return fmt.Sprintf("L%d", n) }

// Authentication returns W0 to W8 and their variants.
func Authentication(s *site.Site) []Workload {
	alice := text(site.Alice)
	bearer := func(token string) map[string]string { return map[string]string{"Authorization": "Bearer " + token} }
	get := func(id, path, title string, header map[string]string) Workload {
		return Workload{ID: id, Title: title, Method: "GET", Path: path, Header: header, Status: []int{200}, Reply: alice}
	}
	basic := base64.StdEncoding.EncodeToString([]byte(s.BasicUser + ":" + s.BasicPassword))
	refused := get("W7", "/w6", "W6 with a JWT whose signature is wrong: 401", bearer(s.BadSignature))
	refused.Status, refused.Reply = []int{401}, site.UnauthenticatedBody
	return []Workload{
		get("W0", "/w0", "no authentication", nil),
		get("W1", "/w1", "JWT (HS256), all claims checked", bearer(s.JWT)),
		get("W1f", "/w1", "W1 with the claims of an identity provider beside", bearer(s.Foreign)),
		get("W2", "/w2", "W1 and the user by its id from SQLite", bearer(s.JWT)),
		get("W3", "/w3", "Basic, with a password of the configuration", map[string]string{"Authorization": "Basic " + basic}),
		get("W4", "/w4", "session and user from SQLite", map[string]string{"Cookie": "sessionid=" + s.Session}),
		get("W4d", "/w4d", "W4 on Django's rows, which are compressed", map[string]string{"Cookie": "sessionid=" + s.DjangoSession}),
		get("W5", "/w5", "API token and user from SQLite", map[string]string{"X-API-Token": s.Token}),
		get("W6", "/w6", "a chain of Basic, session and JWT, of which the JWT is sent", bearer(s.JWT)),
		refused,
		{ID: "W8", Title: "W1 and a body of 10 fields and 20 items: decoded, validated, sent back", Method: "POST", Path: "/w8", Header: jsonBody(s.JWT),
			Body: site.NewOrder(20).JSON(), Status: []int{201}, Reply: site.NewOrder(20).JSON()},
	}
}

func jsonBody(token string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + token, "Content-Type": "application/json"}
}

// mistaken is an order with three mistakes, in different places.
func mistaken() string {
	order := site.NewOrder(20)
	order.Status, order.Priority, order.Items[7].Qty = "bogus", 11, 0
	return order.JSON()
}

// Check returns an error if a reply is not the agreed one.
func (w *Workload) Check(status int, body []byte) error {
	agreed := false
	for _, s := range w.Status {
		agreed = agreed || s == status
	}
	switch {
	case !agreed:
		return fmt.Errorf("%s: got status %d, want %v: %.300s", w.ID, status, w.Status, body)
	case w.Clients > 0:
		return w.checkEvents(body)
	case w.Reply != "" && !includes(body, w.Reply):
		return fmt.Errorf("%s: got %.300s, want %.300s", w.ID, body, w.Reply)
	}
	return nil
}

// checkEvents compares the data of server-sent events. Peers may send comments and other fields.
func (w *Workload) checkEvents(body []byte) error {
	var got []site.Tick
	for line := range bytes.Lines(body) {
		data, found := strings.CutPrefix(strings.TrimSpace(string(line)), "data:")
		if !found {
			continue
		}
		var tick site.Tick
		if err := json.Unmarshal([]byte(data), &tick); err != nil {
			return fmt.Errorf("%s: got the event %q: %w", w.ID, data, err)
		}
		got = append(got, tick)
	}
	if !reflect.DeepEqual(got, site.Ticks) {
		return fmt.Errorf("%s: got %d events, want the %d of the site: %.300s", w.ID, len(got), len(site.Ticks), body)
	}
	return nil
}

// includes reports whether a body is the agreed JSON. An object may have more members, so that a
// peer can write its own problem details.
func includes(body []byte, agreed string) bool {
	if bytes.Equal(bytes.TrimSpace(body), []byte(agreed)) {
		return true
	}
	var got, want any
	if json.Unmarshal(body, &got) != nil || json.Unmarshal([]byte(agreed), &want) != nil {
		return false
	}
	if members, ok := want.(map[string]any); ok {
		object, _ := got.(map[string]any)
		for name, value := range members {
			if !reflect.DeepEqual(object[name], value) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(got, want)
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}
