//go:build !race

package rest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
)

type order struct {
	ID   int64     `path:"id" minimum:"1"`
	Body orderBody `body:""`
}

type orderBody struct {
	Customer string      `json:"customer" minLength:"1" maxLength:"80"`
	Email    string      `json:"email" pattern:"^[^@]+@[^@]+$"`
	Currency string      `json:"currency" enum:"EUR,USD,GBP"`
	Placed   time.Time   `json:"placed"`
	Lines    []orderLine `json:"lines" minItems:"1" maxItems:"50"`
	Address  address     `json:"address"`
	Note     *string     `json:"note"`
}

type orderLine struct {
	SKU   string  `json:"sku" minLength:"3" maxLength:"20"`
	Count int     `json:"count" minimum:"1" maximum:"1000"`
	Price float64 `json:"price" minimum:"0"`
}

type address struct {
	Street  string   `json:"street" minLength:"1"`
	City    string   `json:"city" minLength:"1"`
	Zip     string   `json:"zip"`
	Country string   `json:"country" minLength:"2" maxLength:"2"`
	Tags    []string `json:"tags"`
}

type orderReply struct {
	ID    int64   `json:"id"`
	Total float64 `json:"total"`
	Lines int     `json:"lines"`
}

func orderJSON() []byte {
	body := orderBody{
		Customer: "Grace Hopper", Email: "grace@example.com", Currency: "EUR", Placed: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
		Address: address{"Navy Yard 1", "Arlington", "22201", "US", []string{"home", "default"}},
	}
	for i := range 10 {
		body.Lines = append(body.Lines, orderLine{"SKU-" + strconv.Itoa(1000+i), i + 1, 9.95 + float64(i)})
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return text
}

func total(lines []orderLine) (sum float64) {
	for _, line := range lines {
		sum += float64(line.Count) * line.Price
	}
	return sum
}

// replay is a body that can be sent again.
type replay struct{ *bytes.Reader }

func (replay) Close() error { return nil }

func benchBody(b *testing.B, h http.Handler) {
	text := orderJSON()
	body := replay{bytes.NewReader(text)}
	r := httptest.NewRequest("POST", "/orders/7", nil)
	r.Header.Set("Content-Type", "application/json")
	check := httptest.NewRecorder()
	r.Body, r.ContentLength = body, int64(len(text))
	if h.ServeHTTP(check, r); check.Code != 201 {
		b.Fatalf("got %d %s", check.Code, check.Body)
	}
	w := &reused{http.Header{}}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(text)
		r.Body = body
		h.ServeHTTP(w, r)
	}
}

func orderAPI(t testing.TB) http.Handler {
	api, err := rest.New(settings(), rest.Router{Controllers: []rest.Controller{{
		Path: "/orders/{id}", Auth: auth.Public,
		Post: rest.Handle(func(_ context.Context, in order) (orderReply, error) {
			return orderReply{in.ID, total(in.Body.Lines), len(in.Body.Lines)}, nil
		}),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// BenchmarkBody is a POST whose nested body is decoded, validated and answered.
func BenchmarkBody(b *testing.B) { benchBody(b, orderAPI(b)) }

var emailPattern = regexp.MustCompile(`^[^@]+@[^@]+$`)

// BenchmarkBodyByHand is the same work on net/http and encoding/json.
func BenchmarkBodyByHand(b *testing.B) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		var body orderBody
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
		if err == nil {
			err = d.Decode(&body)
		}
		if err == nil {
			if _, trailing := d.Token(); trailing != io.EOF {
				err = io.ErrUnexpectedEOF
			}
		}
		length := func(s string, least, most int) bool { n := utf8.RuneCountInString(s); return n >= least && n <= most }
		ok := err == nil && id >= 1 && length(body.Customer, 1, 80) && emailPattern.MatchString(body.Email) &&
			(body.Currency == "EUR" || body.Currency == "USD" || body.Currency == "GBP") && !body.Placed.IsZero() &&
			len(body.Lines) >= 1 && len(body.Lines) <= 50 && body.Address.Street != "" && body.Address.City != "" && length(body.Address.Country, 2, 2)
		for _, line := range body.Lines {
			ok = ok && length(line.SKU, 3, 20) && line.Count >= 1 && line.Count <= 1000 && line.Price >= 0
		}
		if !ok {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(orderReply{id, total(body.Lines), len(body.Lines)})
	})
	benchBody(b, mux)
}

func benchGet(b *testing.B, h http.Handler, path string) {
	r := httptest.NewRequest("GET", path, nil)
	check := httptest.NewRecorder()
	if h.ServeHTTP(check, r); check.Code != 200 {
		b.Fatalf("got %d %.200s", check.Code, check.Body)
	}
	w := &reused{http.Header{}}
	b.SetBytes(int64(check.Body.Len()))
	b.ReportAllocs()
	for b.Loop() {
		h.ServeHTTP(w, r)
	}
}

// BenchmarkList is a reply of 10,000 items, checked against their constraints.
func BenchmarkList(b *testing.B) { benchGet(b, productAPI(b), "/products") }

// BenchmarkListByHand is the same reply by net/http and encoding/json, without checks.
func BenchmarkListByHand(b *testing.B) {
	list := products()
	benchGet(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := json.Marshal(list)
		if err != nil {
			http.Error(w, "no", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}), "/products")
}
