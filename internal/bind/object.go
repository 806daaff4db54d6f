package bind

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/message"
	"github.com/go-modern-rest/rest/internal/schema"
)

// member is a field of a struct in a query, which OpenAPI's style deepObject writes as
// filter[name]=x&filter[tag]=a&filter[tag]=b.
type member struct {
	key   string // filter[name]
	value schema.Member
	list  bool
	loc   []any
}

// membersOf returns the members of a struct in a query, and nil for other types.
func membersOf(v *schema.Value, loc []any) ([]member, error) {
	fields, ok := v.Members()
	if !ok {
		return nil, nil
	}
	members := make([]member, 0, len(fields))
	for _, field := range fields {
		m := member{key: fmt.Sprintf("%v[%s]", loc[1], field.Name), value: field, loc: []any{loc[0], loc[1], field.Name}}
		elem := field.Value.Node.ListOf()
		if m.list = elem != nil && elem.Scalar(); !m.list && !field.Value.Node.Scalar() {
			return nil, fmt.Errorf("the member %s of a struct in a query is neither a text nor a list of texts", field.Name)
		}
		members = append(members, m)
	}
	return members, nil
}

// required reports whether a parameter must be sent. A struct must be, if one of its
// members must be.
func (param *parameter) required() bool {
	if param.members == nil {
		return param.value.RequiredText()
	}
	return param.value.Required() && slices.ContainsFunc(param.members, func(m member) bool { return m.value.Value.RequiredText() })
}

// setObject reads a struct. If no member was sent, an optional struct is absent.
func (param *parameter) setObject(query url.Values, at unsafe.Pointer, issues *schema.Issues) {
	prefix := param.name + "["
	var sent []string
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if strings.HasPrefix(key, prefix) && strings.HasSuffix(key, "]") {
			sent = append(sent, key)
		}
	}
	if len(sent) == 0 && !param.value.Required() {
		param.value.SetDefault(at, param.loc, issues)
		return
	}
	at = param.value.Struct(at)
	for i := range param.members {
		m := &param.members[i]
		field := unsafe.Add(at, m.value.Offset)
		switch values := query[m.key]; {
		case len(values) == 0:
			m.value.Value.SetDefault(field, m.loc, issues)
		case m.list:
			m.value.Value.SetTexts(values, field, m.loc, issues)
		default:
			m.value.Value.SetText(values[len(values)-1], field, m.loc, issues)
		}
	}
	if !param.value.Closed() {
		return
	}
	for _, key := range sent {
		if !slices.ContainsFunc(param.members, func(m member) bool { return m.key == key }) {
			name := message.Quote(key[len(prefix) : len(key)-1])
			issues.Add([]any{param.loc[0], param.loc[1], name}, schema.CodeUnknown, nil, schema.MsgUnknown)
		}
	}
}
