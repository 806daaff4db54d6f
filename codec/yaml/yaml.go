// Package yaml is the codec of application/yaml (RFC 9512): for bodies of requests
// and replies, and for the OpenAPI document.
//
//	rest.Settings{Codecs: []rest.Codec{{MediaType: "application/json"}, yaml.Codec()}}
//	rest.Mount{Path: "/openapi.yaml", Auth: auth.Public, Handler: rest.OpenAPI(yaml.Codec())}
//
// A request may hold what JSON can say, in YAML 1.2's core schema, as one document.
// Anchors, aliases, merge keys and tags are refused: they let a small body
// become a large value, or one of another type.
package yaml

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/go-modern-rest/rest"
)

// Codec returns the codec.
func Codec() rest.Codec {
	return rest.Codec{MediaType: "application/yaml", FromJSON: fromJSON, ToJSON: toJSON}
}

// maxDepth is how deep lists and mappings may be nested, as of JSON bodies.
const maxDepth = 64

// fromJSON keeps the order of members.
func fromJSON(text []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	node, err := nodeOf(d)
	if err != nil {
		return nil, err
	}
	return yaml.Marshal(node)
}

func nodeOf(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if token == '{' {
			node.Kind, node.Tag = yaml.MappingNode, "!!map"
		}
		for d.More() {
			if node.Kind == yaml.MappingNode {
				name, err := d.Token()
				if err != nil {
					return nil, err
				}
				node.Content = append(node.Content, textNode(name.(string)))
			}
			value, err := nodeOf(d)
			if err != nil {
				return nil, err
			}
			node.Content = append(node.Content, value)
		}
		_, err := d.Token()
		return node, err
	case string:
		return textNode(token), nil
	case json.Number:
		return plainNode(token.String()), nil
	case bool:
		return plainNode(strconv.FormatBool(token)), nil
	}
	return plainNode("null"), nil
}

// plainNode has no tag: the library would write it where it reads another type.
func plainNode(value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Value: value}
}

// textNode is quoted where a reader of the core schema would see another type. The
// library quotes what it would itself read so.
func textNode(value string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if _, other, _ := core(value); other {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// toJSON accepts one document.
func toJSON(text []byte) ([]byte, error) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := d.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil // nothing: as an empty JSON body
		}
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("yaml: more than one document")
	}
	if len(document.Content) != 1 {
		return nil, errors.New("yaml: no value")
	}
	var out bytes.Buffer
	if err := write(&out, document.Content[0], 0); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func write(out *bytes.Buffer, node *yaml.Node, depth int) error {
	fail := func(what string) error { return fmt.Errorf("yaml: line %d: %s", node.Line, what) }
	switch {
	case depth > maxDepth:
		return fail(fmt.Sprintf("nested deeper than %d", maxDepth))
	case node.Anchor != "" || node.Kind == yaml.AliasNode:
		return fail("anchors and aliases are not accepted")
	case node.Style&yaml.TaggedStyle != 0:
		return fail("tags are not accepted")
	}
	switch node.Kind {
	case yaml.MappingNode:
		out.WriteByte('{')
		for i := 0; i+1 < len(node.Content); i += 2 {
			if i > 0 {
				out.WriteByte(',')
			}
			switch key := node.Content[i]; {
			case !isText(key):
				return fail("a key is not a text")
			case isPlain(key) && key.Value == "<<":
				return fail("merge keys are not accepted")
			}
			if err := write(out, node.Content[i], depth+1); err != nil {
				return err
			}
			out.WriteByte(':')
			if err := write(out, node.Content[i+1], depth+1); err != nil {
				return err
			}
		}
		out.WriteByte('}')
	case yaml.SequenceNode:
		out.WriteByte('[')
		for i, element := range node.Content {
			if i > 0 {
				out.WriteByte(',')
			}
			if err := write(out, element, depth+1); err != nil {
				return err
			}
		}
		out.WriteByte(']')
	case yaml.ScalarNode:
		text, err := scalarJSON(node)
		if err != nil {
			return fail(err.Error())
		}
		out.Write(text)
	default:
		return fail("not a value")
	}
	return nil
}

// scalarJSON writes a scalar. What looks like a date is a text, as JSON has no other.
func scalarJSON(node *yaml.Node) ([]byte, error) {
	if isPlain(node) {
		if text, ok, err := core(node.Value); ok {
			return []byte(text), err
		}
	}
	return json.Marshal(node.Value)
}

// isText reports whether a node is a string, as the keys of JSON objects are.
func isText(node *yaml.Node) bool {
	if node.Kind != yaml.ScalarNode || !isPlain(node) {
		return node.Kind == yaml.ScalarNode
	}
	_, other, _ := core(node.Value)
	return !other
}

// isPlain reports whether a scalar has neither quotes nor the form of a block.
func isPlain(node *yaml.Node) bool {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return node.Style&quoted == 0
}
