package openapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"regexp"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/openapi"
)

// Color is a type that reads its own JSON and says how it is documented.
type Color struct{ hex string }

var hexColor = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// UnmarshalJSON checks what JSONSchema promises. Its error is a 400.
func (c *Color) UnmarshalJSON(text []byte) error {
	if err := json.Unmarshal(text, &c.hex); err != nil || !hexColor.MatchString(c.hex) {
		return errors.New("not a color")
	}
	return nil
}

// MarshalJSON writes the text.
func (c Color) MarshalJSON() ([]byte, error) { return json.Marshal(c.hex) }

// JSONSchema is the schema wherever the type is used. New checks the examples.
func (Color) JSONSchema() openapi.Schema {
	return openapi.Schema{Type: "string", Pattern: hexColor.String(), Examples: []json.RawMessage{json.RawMessage(`"#00ff7f"`)}}
}

// The schema of a type of your own.
func ExampleSchema() {
	type paint struct {
		Body struct {
			Color Color `json:"color" doc:"Of the wall."`
		} `body:""`
	}
	api, err := rest.New(rest.Settings{Title: "Paint", Version: "1"}, rest.Router{Auth: auth.Public, Controllers: []rest.Controller{
		{Path: "/walls", Post: rest.Handle(func(context.Context, paint) (rest.None, error) { return rest.None{}, nil })},
	}})
	if err != nil {
		log.Fatal(err)
	}
	text, err := json.Marshal(api.Document().Paths["/walls"].Post.RequestBody.Content["application/json"])
	fmt.Println(string(text), err)
	// Output: {"schema":{"type":"object","properties":{"color":{"type":"string","description":"Of the wall.","pattern":"^#[0-9a-f]{6}$","examples":["#00ff7f"]}},"required":["color"]},"example":{"color":"#00ff7f"}} <nil>
}
