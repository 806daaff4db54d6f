// A client that ogen generated, used by a program.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"

	ht "github.com/ogen-go/ogen/http"
	"github.com/ogen-go/ogen/ogenerrors"

	"example/ogen/api"
)

// credentials answers the client's question for each scheme that the document lists for an operation.
type credentials struct {
	base   *url.URL
	jar    http.CookieJar
	access string
}

func (c *credentials) cookie(name string) (string, error) {
	for _, cookie := range c.jar.Cookies(c.base) {
		if cookie.Name == name {
			return cookie.Value, nil
		}
	}
	return "", ogenerrors.ErrSkipClientSecurity
}

func (c *credentials) Session(context.Context, api.OperationName) (api.Session, error) {
	value, err := c.cookie("sessionid")
	return api.Session{APIKey: value}, err
}

func (c *credentials) Csrf(context.Context, api.OperationName) (api.Csrf, error) {
	value, err := c.cookie("csrftoken")
	return api.Csrf{APIKey: value}, err
}

func (c *credentials) Jwt(context.Context, api.OperationName) (api.Jwt, error) {
	if c.access == "" {
		return api.Jwt{}, ogenerrors.ErrSkipClientSecurity
	}
	return api.Jwt{Token: c.access}, nil
}

func (*credentials) Token(context.Context, api.OperationName) (api.Token, error) {
	return api.Token{}, ogenerrors.ErrSkipClientSecurity
}

func (*credentials) HTTPBasic(context.Context, api.OperationName) (api.HTTPBasic, error) {
	return api.HTTPBasic{}, ogenerrors.ErrSkipClientSecurity
}

func main() {
	if err := run(context.Background(), os.Getenv("BASE")); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, base string) error {
	alice := &api.Credentials{Username: "alice", Password: "alice-pass"}

	client, bySession, err := newClient(base)
	if err != nil {
		return err
	}
	if _, err := client.PostApiNotes(ctx, &api.PostApiNotesReq{Title: "Milk"}); !errors.Is(err, ogenerrors.ErrSecurityRequirementIsNotSatisfied) {
		return fmt.Errorf("anonymous: got %v", err)
	}
	if reply, err := client.PostApiSessionLogin(ctx, alice); err != nil {
		return fmt.Errorf("log in: got %T, %w", reply, err)
	} else if _, ok := reply.(*api.SessionUserHeaders); !ok {
		return fmt.Errorf("log in: got %+v", reply)
	}
	if _, err := bySession.cookie("sessionid"); err != nil {
		return err
	}
	if err := attach(ctx, client); err != nil {
		return fmt.Errorf("by session: %w", err)
	}

	client, byJWT, err := newClient(base)
	if err != nil {
		return err
	}
	reply, err := client.PostApiJwtObtain(ctx, alice)
	pair, ok := reply.(*api.TokenPairHeaders)
	if err != nil || !ok {
		return fmt.Errorf("obtain: got %+v, %w", reply, err)
	}
	byJWT.access = pair.Response.AccessToken
	if err := attach(ctx, client); err != nil {
		return fmt.Errorf("by JWT: %w", err)
	}
	return nil
}

func newClient(base string) (*api.Client, *credentials, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, nil, err
	}
	server, err := url.Parse(base)
	if err != nil {
		return nil, nil, err
	}
	source := &credentials{base: server, jar: jar}
	client, err := api.NewClient(base, source, api.WithClient(&http.Client{Jar: jar}))
	return client, source, err
}

// attach sends a file, and a number that needs more than 32 bits.
func attach(ctx context.Context, client *api.Client) error {
	const content, modified = "bread\n", 1<<53 - 1
	reply, err := client.PostApiNotes(ctx, &api.PostApiNotesReq{Title: "Milk"})
	note, ok := reply.(*api.Note)
	if err != nil || !ok {
		return fmt.Errorf("create: got %+v, %w", reply, err)
	}
	file := ht.MultipartFile{Name: "list.txt", File: strings.NewReader(content), Size: int64(len(content))}
	attached, err := client.PostApiNotesIdAttachments(ctx,
		&api.PostApiNotesIdAttachmentsReq{Modified: modified, File: file}, api.PostApiNotesIdAttachmentsParams{ID: note.ID})
	attachment, ok := attached.(*api.Attachment)
	if err != nil || !ok {
		return fmt.Errorf("attach: got %+v, %w", attached, err)
	}
	if attachment.Modified != modified || attachment.Size != int64(len(content)) {
		return fmt.Errorf("attach: got %+v", attachment)
	}
	return nil
}
