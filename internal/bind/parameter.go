package bind

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/field"
	"github.com/go-modern-rest/rest/internal/schema"
)

// parameter is a field that is read from text.
type parameter struct {
	in, name string
	offset   uintptr
	value    *schema.Value
	index    int  // of path: which parameter of the route
	list     bool // of a query, header or form
	commas   bool // of a list in a query: explode:"false"
	members  []member
	loc      []any
}

// locations are the first steps of locations, by source.
var locations = map[string]string{
	"path": "parsed_path", "query": "parsed_query", "header": "parsed_headers", "cookie": "parsed_cookies", "form": "parsed_body",
}

// parameter adds a field that is read from text.
func (p *Plan) parameter(c Types, f reflect.StructField, source string, offset uintptr) error {
	param := parameter{in: source, name: f.Tag.Get(source), offset: offset}
	if err := param.checkName(p.names); err != nil {
		return err
	}
	if source == "path" {
		p.taken = append(p.taken, param.name)
	}
	var err error
	if param.value, err = c.Schemas.CompileField(f.Type, f.Tag); err != nil {
		return err
	}
	useless := []string{"readOnly", "writeOnly"}
	if source == "path" {
		useless = append(useless, "default")
	}
	if err := notOf(source, f.Tag, useless...); err != nil {
		return err
	}
	param.loc = []any{locations[source], param.name}
	if err := param.shape(f); err != nil {
		return err
	}
	if slices.ContainsFunc(append(slices.Clip(p.params), p.form...), func(other parameter) bool { return other.in == source && other.name == param.name }) {
		return fmt.Errorf("another field reads the %s %q as well; remove one", source, param.name)
	}
	switch source {
	case "path":
		param.index = slices.Index(p.names, param.name)
	case "query":
		p.query = true
	case "form":
		p.form = append(p.form, param)
		return nil
	}
	p.params = append(p.params, param)
	return nil
}

// checkName checks the name of a parameter, and brings that of a header into its
// canonical form.
func (param *parameter) checkName(route []string) error {
	source := param.in
	switch name, option, found := strings.Cut(param.name, ","); {
	case param.name == "":
		return fmt.Errorf("the tag %s names nothing", source)
	case found:
		return fmt.Errorf("the tag %s has the option %q, but takes a name alone: %s:%q", source, option, source, name)
	case source == "path" && !slices.Contains(route, param.name):
		return fmt.Errorf("the route has no parameter {%s}", param.name)
	case (source == "header" || source == "cookie") && !field.IsToken(param.name):
		return fmt.Errorf("%q cannot be the name of a %s: want a token (RFC 9110 §5.6.2)", param.name, source)
	}
	if source == "header" {
		param.name = http.CanonicalHeaderKey(param.name)
		if slices.Contains([]string{"Authorization", "Content-Type", "Accept"}, param.name) {
			return fmt.Errorf("the header %s belongs to the framework (OpenAPI ignores it as a parameter); take an *http.Request", param.name)
		}
	}
	return nil
}

// shape finds out whether a parameter is a text, a list or an object.
func (param *parameter) shape(f reflect.StructField) error {
	node := param.value.Node
	elem := node.ListOf()
	param.list = elem != nil && elem.Scalar() && param.in != "path" && param.in != "cookie"
	switch explode, ok := f.Tag.Lookup("explode"); {
	case !ok:
	case param.in != "query" || !param.list:
		return fmt.Errorf("the tag explode is for lists in a query")
	case explode != "true" && explode != "false":
		return fmt.Errorf("explode:%q: want true or false", explode)
	default:
		param.commas = explode == "false"
	}
	if param.in == "query" {
		var err error
		if param.members, err = membersOf(param.value, param.loc); err != nil {
			return err
		}
	}
	if !node.Scalar() && !param.list && param.members == nil {
		return fmt.Errorf("the type %s cannot be read from a %s", schema.TypeName(f.Type), param.in)
	}
	return nil
}

// set reads the values of a parameter. Of several values for one text the last counts.
func (param *parameter) set(values []string, at unsafe.Pointer, issues *schema.Issues) {
	switch {
	case len(values) == 0:
		param.value.SetDefault(at, param.loc, issues)
	case param.list:
		param.value.SetTexts(values, at, param.loc, issues)
	default:
		param.value.SetText(values[len(values)-1], at, param.loc, issues)
	}
}

func (param *parameter) setQuery(query url.Values, at unsafe.Pointer, issues *schema.Issues) {
	values := query[param.name]
	switch {
	case param.members != nil:
		param.setObject(query, at, issues)
		return
	case param.commas && len(values) > 0:
		all := []string{}
		for _, value := range values {
			if value != "" {
				all = append(all, strings.Split(value, ",")...)
			}
		}
		param.value.SetTexts(all, at, param.loc, issues)
		return
	}
	param.set(values, at, issues)
}

func (param *parameter) setHeader(lines []string, at unsafe.Pointer, issues *schema.Issues) {
	if param.list && len(lines) > 0 {
		param.value.SetTexts(listElements(lines), at, param.loc, issues)
		return
	}
	param.set(lines, at, issues)
}

// listElements returns the elements of a list in a header (RFC 9110 §5.6.1): those of
// all lines, without the space around them, and without empty ones. An element that is
// a quoted string as a whole is the text that it stands for.
func listElements(lines []string) []string {
	elements := []string{}
	for _, line := range lines {
		for line != "" {
			var element string
			element, line = field.Cut(line, ',')
			if element = strings.Trim(element, " \t"); element != "" {
				elements = append(elements, unquote(element))
			}
		}
	}
	return elements
}

// unquote returns the text of a quoted string (RFC 9110 §5.6.4), and other elements as
// they are.
func unquote(element string) string {
	if len(element) < 2 || element[0] != '"' {
		return element
	}
	text := make([]byte, 0, len(element))
	for i := 1; i < len(element); i++ {
		switch c := element[i]; {
		case c == '"':
			if i != len(element)-1 {
				return element
			}
			return string(text)
		case c == '\\' && i+1 < len(element):
			i++
			text = append(text, element[i])
		default:
			text = append(text, c)
		}
	}
	return element
}
