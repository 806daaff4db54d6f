package schema

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
	"unsafe"
)

// Append appends the value at an address as JSON. A nil slice or map is written as an
// empty one, and a byte that is not UTF-8 as U+FFFD. A float that is not finite is an
// error.
func (n *Node) Append(dst []byte, at unsafe.Pointer) ([]byte, error) { return n.append(dst, at, 0) }

// Append is [Node.Append]; constraints do not change how a value is written.
func (v *Value) Append(dst []byte, at unsafe.Pointer) ([]byte, error) { return v.Node.Append(dst, at) }

// maxReplyDepth is how deep values of replies may be nested. It ends the writing and the
// validation of a value that contains itself.
const maxReplyDepth = 1000

func (n *Node) append(dst []byte, at unsafe.Pointer, depth int) ([]byte, error) {
	if depth > maxReplyDepth {
		return dst, fmt.Errorf("schema: a %v is nested deeper than %d levels; it may contain itself", n.typ, maxReplyDepth)
	}
	switch n.kind {
	case kindBool:
		return strconv.AppendBool(dst, *(*bool)(at)), nil
	case kindInt:
		return strconv.AppendInt(dst, getInt(at, n.size), 10), nil
	case kindUint:
		return strconv.AppendUint(dst, getUint(at, n.size), 10), nil
	case kindFloat:
		return appendFloat(dst, getFloat(at, n.size), int(n.size*8))
	case kindString:
		return appendString(dst, *(*string)(at)), nil
	case kindBytes:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, reflect.NewAt(n.typ, at).Elem().Bytes())
		return append(dst, '"'), nil
	case kindTime, kindDate, kindClock, kindDuration:
		dst, err := n.appendMoment(append(dst, '"'), at)
		return append(dst, '"'), err
	case kindNumber:
		return appendNumber(dst, at)
	case kindQuoted:
		dst, err := n.elem.append(append(dst, '"'), at, depth)
		return append(dst, '"'), err
	case kindText:
		text, err := reflect.NewAt(n.typ, at).Interface().(encoding.TextMarshaler).MarshalText()
		return appendString(dst, string(text)), err
	case kindPointer:
		if p := *(*unsafe.Pointer)(at); p != nil {
			return n.elem.append(dst, p, depth+1)
		}
		return append(dst, "null"...), nil
	case kindOptional:
		if !*(*bool)(unsafe.Add(at, n.present)) || *(*bool)(unsafe.Add(at, n.null)) {
			return append(dst, "null"...), nil
		}
		return n.elem.append(dst, at, depth+1)
	case kindStruct:
		return n.appendStruct(dst, at, depth)
	case kindSlice, kindArray:
		return n.appendList(dst, at, depth)
	case kindMap:
		return n.appendMap(dst, at, depth)
	}
	text, err := json.Marshal(reflect.NewAt(n.typ, at).Interface())
	if n.kind == kindAny && bytes.Contains(text, []byte(`\ufffd`)) && !distinctNames(text) {
		err = errSameName
	}
	return append(dst, text...), err
}

var errSameName = errors.New("schema: two keys of a map become one name, because their bytes that are not UTF-8 are replaced")

// distinctNames reports whether the names of each object in a JSON text differ.
func distinctNames(text []byte) bool {
	d := decoder{data: text, maxDepth: maxReplyDepth, place: place{issues: &Issues{}}}
	d.skip()
	return !d.broken
}

// appendStruct appends a struct as an object.
func (n *Node) appendStruct(dst []byte, at unsafe.Pointer, depth int) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	for i := range n.fields {
		f := &n.fields[i]
		field := unsafe.Add(at, f.offset)
		if f.omitted(field) {
			continue
		}
		quoted := f.quoted
		if first {
			first, quoted = false, quoted[len(","):]
		}
		dst = append(dst, quoted...)
		var err error
		if dst, err = f.node.append(dst, field, depth+1); err != nil {
			return dst, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	return append(dst, '}'), nil
}

// appendList appends a slice or an array.
func (n *Node) appendList(dst []byte, at unsafe.Pointer, depth int) ([]byte, error) {
	data, length := listOf(n, at)
	dst = append(dst, '[')
	start, last := len(dst), len(dst)
	for i := range length {
		if i > 0 {
			dst = append(dst, ',')
			if room := cap(dst) - len(dst); room < 2*(len(dst)-last) {
				dst = growForRest(dst, start, i, length)
			}
			last = len(dst)
		}
		var err error
		if dst, err = n.elem.append(dst, unsafe.Add(data, uintptr(i)*n.elem.size), depth+1); err != nil {
			return dst, fmt.Errorf("%d: %w", i, err)
		}
	}
	return append(dst, ']'), nil
}

// maxSpare is how much larger than its content a buffer may become.
const maxSpare = 1 << 20

// growForRest makes room for the rest of a list whose first elements, done of them, begin at
// start. If the others are like them, the buffer grows only once.
func growForRest(dst []byte, start, done, length int) []byte {
	rest := int64(len(dst)-start) / int64(done) * int64(length-done) // may be more than an int of 32 bits
	return slices.Grow(dst, int(min(rest+rest/8, int64(max(maxSpare, len(dst))))))
}

// appendMap appends a map with its members sorted by name.
func (n *Node) appendMap(dst []byte, at unsafe.Pointer, depth int) ([]byte, error) {
	type member struct {
		name  string
		value reflect.Value
	}
	m := reflect.NewAt(n.typ, at).Elem()
	members := make([]member, 0, m.Len())
	for iter := m.MapRange(); iter.Next(); {
		value := reflect.New(n.elem.typ)
		value.Elem().Set(iter.Value())
		name := keyText(iter.Key())
		if !utf8.ValidString(name) {
			name = string([]rune(name)) // as appendString writes it
		}
		members = append(members, member{name, value})
	}
	slices.SortFunc(members, func(a, b member) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	dst = append(dst, '{')
	for i, member := range members {
		if i > 0 {
			if members[i-1].name == member.name {
				return dst, errSameName
			}
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, member.name), ':')
		var err error
		if dst, err = n.elem.append(dst, member.value.UnsafePointer(), depth+1); err != nil {
			return dst, fmt.Errorf("%s: %w", member.name, err)
		}
	}
	return append(dst, '}'), nil
}

// appendFloat appends a float as encoding/json does.
func appendFloat(dst []byte, f float64, bits int) ([]byte, error) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return dst, fmt.Errorf("schema: %v has no JSON", f)
	}
	form := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(dst, f, form, -1, bits), nil
}

const hex = "0123456789abcdef"

// appendString appends a JSON string. It escapes U+2028 and U+2029, as encoding/json
// does, so that old JavaScript can read the text.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[start:i]...), "\uFFFD"...)
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[start:i]...), '\\', 'u', '2', '0', '2', hex[r&15])
		default:
			i += size
			continue
		}
		i += size
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
