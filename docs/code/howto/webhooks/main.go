package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

type Payment struct {
	ID    string `json:"id" minLength:"1"`
	Cents int64  `json:"cents" minimum:"0"`
}

// Received is a webhook of the shop: the typed body, and the bytes that were signed.
type Received struct {
	Time      int64   `header:"X-Timestamp"` // seconds since 1970; it is signed as well
	Signature string  `header:"X-Signature" pattern:"^[0-9a-f]{64}$"`
	Body      Payment `body:""`
	Sent      []byte  `body:"raw"`
}

var badSignature = &rest.Error{Status: http.StatusForbidden, Code: "signature", Msg: "The signature is wrong, or old"}

type Hooks struct{ key []byte }

func (h *Hooks) receive(_ context.Context, in Received) (rest.None, error) {
	age := time.Since(time.Unix(in.Time, 0)).Abs()
	if !hmac.Equal([]byte(in.Signature), []byte(sign(h.key, in.Time, in.Sent))) || age > 5*time.Minute {
		return rest.None{}, badSignature
	}
	log.Printf("payment %s of %d", in.Body.ID, in.Body.Cents)
	return rest.None{}, nil
}

func sign(key []byte, at int64, body []byte) string {
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%d.%s", at, body)
	return hex.EncodeToString(mac.Sum(nil))
}

// send sends a webhook of our own.
func send(ctx context.Context, client *http.Client, url string, key []byte, event any) error {
	body, err := json.Marshal(event)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	now := time.Now().Unix()
	r.Header.Set("X-Timestamp", strconv.FormatInt(now, 10))
	r.Header.Set("X-Signature", sign(key, now, body))
	reply, err := client.Do(r)
	if err != nil {
		return err // try again later, from a table of what is not sent yet
	}
	defer reply.Body.Close()
	if reply.StatusCode >= 300 {
		return fmt.Errorf("webhook: %s", reply.Status)
	}
	return nil
}

// describeSent adds the webhooks that this service sends to the document.
func describeSent(doc *openapi.Document) {
	doc.Webhooks = map[string]*openapi.PathItem{"orderShipped": {Post: &openapi.Operation{
		Summary:   "An order was shipped",
		Responses: map[string]*openapi.Response{"204": {Description: "Received"}},
	}}}
}

func main() {
	key := os.Getenv("WEBHOOK_KEY")
	if key == "" {
		key = "for development"
	}
	hooks := &Hooks{key: []byte(key)}
	api, err := rest.New(rest.Settings{
		Title: "Shop", Version: "1",
		ErrorFormat:  rest.Problem,
		EditDocument: describeSent,
	}, rest.Router{
		Auth:   auth.Public, // the signature is checked by the handler
		Mounts: []rest.Mount{{Path: "/openapi.json", Handler: rest.OpenAPI()}},
		Controllers: []rest.Controller{{
			Path: "/hooks/payment/",
			Post: rest.Handle(hooks.receive, rest.Op{Status: http.StatusNoContent, MaxBody: 64 << 10, Errors: []error{badSignature}}),
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
