package schema

import (
	"encoding/json"
	"reflect"
	"strconv"
	"unsafe"
)

// anyValue reads a value into an empty interface as encoding/json does, except that
// an integer that a float64 would round becomes a json.Number.
func (d *decoder) anyValue(n *Node, at unsafe.Pointer) {
	v := d.any()
	if !d.broken && v != nil {
		reflect.NewAt(n.typ, at).Elem().Set(reflect.ValueOf(v))
	}
}

func (d *decoder) any() any {
	switch c := d.peek(); {
	case c == '{':
		d.open(c)
		object := map[string]any{}
		var seen names
		for i := 0; d.more('}', i); i++ {
			if name, ok := d.name(&seen); ok {
				key := d.keep(name)
				object[key] = d.any()
			}
		}
		return object
	case c == '[':
		d.open(c)
		list := []any{}
		d.lists++
		for i := 0; d.more(']', i); i++ {
			list = append(list, d.any())
		}
		d.lists--
		return list
	case c == '"':
		text, _ := d.str()
		return d.keep(text)
	case c == '-' || c >= '0' && c <= '9':
		return d.anyNumber()
	case c == 't':
		return d.word("true")
	case c == 'f':
		d.word("false")
		return false
	default:
		d.skip()
		return nil
	}
}

func (d *decoder) anyNumber() any {
	text := string(d.number())
	if d.broken {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		tooLarge(text, 64, &d.place)
		return nil
	}
	if len(text) > 15 { // a float64 holds fewer digits exactly
		var given, kept [32]byte
		number := parseDecimal(text, given[:])
		if _, whole := number.integer(); whole && number.cmp(parseDecimal(strconv.FormatFloat(f, 'f', -1, 64), kept[:])) != 0 {
			return json.Number(text)
		}
	}
	return f
}
