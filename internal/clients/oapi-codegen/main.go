// A client that oapi-codegen generated, used by a program.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strconv"

	"example/oapi-codegen/api"
)

func main() {
	if err := run(context.Background(), os.Getenv("BASE")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, base string) error {
	alice := api.Credentials{Username: "alice", Password: "alice-pass"}

	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	// The client knows no security schemes, so an editor of requests sends what the scheme csrf names: the
	// cookie csrftoken in the header X-CSRFToken.
	sendCSRF := func(_ context.Context, r *http.Request) error {
		for _, cookie := range jar.Cookies(r.URL) {
			if cookie.Name == "csrftoken" {
				r.Header.Set("X-CSRFToken", cookie.Value)
			}
		}
		return nil
	}
	client, err := api.NewClientWithResponses(base, api.WithHTTPClient(&http.Client{Jar: jar}), api.WithRequestEditorFn(sendCSRF))
	if err != nil {
		return err
	}
	if reply, err := client.GetApiNotesWithResponse(ctx, nil); err != nil || reply.StatusCode() != http.StatusUnauthorized {
		return fmt.Errorf("anonymous: got %v, %w", reply, err)
	}
	if reply, err := client.PostApiSessionLoginWithResponse(ctx, alice); err != nil || reply.JSON200 == nil {
		return fmt.Errorf("log in: got %v, %w", reply, err)
	}
	if err := attach(ctx, client); err != nil {
		return fmt.Errorf("by session: %w", err)
	}

	var access string
	sendToken := func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+access)
		return nil
	}
	client, err = api.NewClientWithResponses(base, api.WithRequestEditorFn(sendToken))
	if err != nil {
		return err
	}
	reply, err := client.PostApiJwtObtainWithResponse(ctx, alice)
	if err != nil || reply.JSON200 == nil {
		return fmt.Errorf("obtain: got %v, %w", reply, err)
	}
	access = reply.JSON200.AccessToken
	if err := attach(ctx, client); err != nil {
		return fmt.Errorf("by JWT: %w", err)
	}
	return nil
}

// attach sends a file, and a number that needs more than 32 bits.
func attach(ctx context.Context, client *api.ClientWithResponses) error {
	const content, modified = "bread\n", 1<<53 - 1
	note, err := client.PostApiNotesWithResponse(ctx, api.PostApiNotesJSONRequestBody{Title: "Milk"})
	if err != nil || note.JSON201 == nil {
		return fmt.Errorf("create: got %v, %w", note, err)
	}
	body := api.PostApiNotesIdAttachmentsMultipartRequestBody{Modified: modified}
	body.File.InitFromBytes([]byte(content), "list.txt")
	form, contentType, err := encode(body)
	if err != nil {
		return err
	}
	reply, err := client.PostApiNotesIdAttachmentsWithBodyWithResponse(ctx, note.JSON201.Id, contentType, form)
	if err != nil || reply.JSON201 == nil {
		return fmt.Errorf("attach: got %v, %w", reply, err)
	}
	if got := reply.JSON201; got.Modified != modified || got.Size != int64(len(content)) {
		return fmt.Errorf("attach: got %+v", got)
	}
	return nil
}

// encode writes the form. The client has types for forms, and leaves the writing to its user.
func encode(body api.PostApiNotesIdAttachmentsMultipartRequestBody) (io.Reader, string, error) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	content, err := body.File.Bytes()
	if err != nil {
		return nil, "", err
	}
	part, err := form.CreateFormFile("file", body.File.Filename())
	if err != nil {
		return nil, "", err
	}
	_, err = part.Write(content)
	err = errors.Join(err, form.WriteField("modified", strconv.FormatInt(body.Modified, 10)), form.Close())
	return &out, form.FormDataContentType(), err
}
