package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unsafe"
)

// bound is a limit of a number, in the form of each kind that is compared with it.
type bound struct {
	text string
	i    int64   // for kindInt
	u    uint64  // for kindUint
	f    float64 // for kindFloat, rounded to the size of the type
	d    decimal // for kindNumber, and for multipleOf
	unit uint64  // of multipleOf, the digits of d
}

// newBound reads a limit for numbers of n, which must be one of them.
func newBound(text string, n *Node) (*bound, error) {
	if !isNumber(text) {
		return nil, errors.New("want a number")
	}
	b := &bound{text: text, d: parseDecimal(text, nil)}
	if n.kind == kindFloat {
		var err error
		if b.f, err = strconv.ParseFloat(text, int(n.size*8)); err != nil {
			return nil, fmt.Errorf("the type %v cannot hold %s", n.typ, text)
		}
		return b, nil
	}
	if n.kind == kindNumber {
		return b, nil
	}
	whole, ok := b.d.integer()
	if !ok {
		return nil, errors.New("want a whole number")
	}
	var err error
	if n.kind == kindInt {
		b.i, err = strconv.ParseInt(whole, 10, int(n.size*8))
	} else {
		b.u, err = strconv.ParseUint(whole, 10, int(n.size*8))
	}
	if err != nil {
		return nil, fmt.Errorf("the type %v cannot hold %s", n.typ, text)
	}
	return b, nil
}

// newUnit reads the value of multipleOf.
func newUnit(text string, n *Node) (*bound, error) {
	b, err := newBound(text, n)
	if err != nil {
		return nil, err
	}
	if b.d.sign() <= 0 {
		return nil, errors.New("want a number above 0")
	}
	if b.unit, err = strconv.ParseUint(string(b.d.digits), 10, 64); err != nil {
		return nil, errors.New("want a number of at most 19 digits")
	}
	return b, nil
}

// number is a number that is checked, of any kind.
type number struct {
	kind kind
	bits int
	i    int64
	u    uint64
	f    float64
	text string // of kindNumber
}

// cmp compares the number with a limit: -1, 0 or 1.
func (v *number) cmp(b *bound) int {
	switch v.kind {
	case kindInt:
		return compare(v.i, b.i)
	case kindUint:
		return compare(v.u, b.u)
	case kindFloat:
		return compare(v.f, b.f)
	}
	return parseDecimal(v.text, nil).cmp(b.d)
}

func compare[T int64 | uint64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// multipleOf reports whether the number is a multiple of a limit. Of a float the shortest
// decimal counts that stands for it: 0.3 is a multiple of 0.1.
func (v *number) multipleOf(b *bound) bool {
	switch v.kind {
	case kindInt:
		return v.i%b.i == 0
	case kindUint:
		return v.u%b.u == 0
	case kindFloat:
		if math.IsInf(v.f, 0) || math.IsNaN(v.f) {
			return true // Append returns an error for it
		}
		var text, digits [32]byte
		written := strconv.AppendFloat(text[:0], v.f, 'e', -1, v.bits)
		return parseDecimal(unsafe.String(&written[0], len(written)), digits[:]).multipleOf(b.unit, b.d.exp)
	}
	return parseDecimal(v.text, nil).multipleOf(b.unit, b.d.exp)
}

// String returns an integer as an enum has it.
func (v *number) String() string {
	if v.kind == kindUint {
		return strconv.FormatUint(v.u, 10)
	}
	return strconv.FormatInt(v.i, 10)
}

// checkNumber checks the number at an address against the rules.
func (r *rules) checkNumber(n *Node, at unsafe.Pointer, p *place) {
	if r == nil || r.inRange(n, at) || p.issues.More() {
		return
	}
	v := n.numberAt(at)
	if r.minimum != nil && v.cmp(r.minimum) < 0 {
		p.issue(CodeMinimum, json.Number(r.minimum.text), MsgMinimum, r.minimum.text)
	}
	if r.maximum != nil && v.cmp(r.maximum) > 0 {
		p.issue(CodeMaximum, json.Number(r.maximum.text), MsgMaximum, r.maximum.text)
	}
	if r.above != nil && v.cmp(r.above) <= 0 {
		p.issue(CodeExclusiveMinimum, json.Number(r.above.text), MsgExclusiveMinimum, r.above.text)
	}
	if r.below != nil && v.cmp(r.below) >= 0 {
		p.issue(CodeExclusiveMaximum, json.Number(r.below.text), MsgExclusiveMaximum, r.below.text)
	}
	if r.multiple != nil && !v.multipleOf(r.multiple) {
		p.issue(CodeMultipleOf, json.Number(r.multiple.text), MsgMultipleOf, r.multiple.text)
	}
	if r.enum != nil && (v.kind == kindInt || v.kind == kindUint) {
		r.checkEnum(v.String(), p)
	}
}

// inRange reports whether the number at an address keeps rules that are only a minimum and a
// maximum, as most are. It reports false where it does not know.
func (r *rules) inRange(n *Node, at unsafe.Pointer) bool {
	low, high := r.minimum, r.maximum
	switch {
	case !r.rangeOnly:
		return false
	case n.kind == kindInt:
		i := getInt(at, n.size)
		return (low == nil || i >= low.i) && (high == nil || i <= high.i)
	case n.kind == kindFloat:
		f := getFloat(at, n.size)
		return (low == nil || f >= low.f) && (high == nil || f <= high.f)
	}
	return false
}

// numberAt reads the number at an address.
func (n *Node) numberAt(at unsafe.Pointer) number {
	switch n.kind {
	case kindInt:
		return number{kind: kindInt, i: getInt(at, n.size)}
	case kindUint:
		return number{kind: kindUint, u: getUint(at, n.size)}
	case kindFloat:
		return number{kind: kindFloat, f: getFloat(at, n.size), bits: int(n.size * 8)}
	}
	text := *(*string)(at)
	if !isNumber(text) {
		text = "0" // an empty one is written as 0; Append returns an error for others
	}
	return number{kind: kindNumber, text: text}
}

// setNumber reads a JSON number into the value at an address and checks it.
func (n *Node) setNumber(text string, r *rules, at unsafe.Pointer, p *place) {
	size := int(n.size * 8)
	switch n.kind {
	case kindFloat:
		f, err := strconv.ParseFloat(text, size)
		if err != nil {
			tooLarge(text, size, p)
			return
		}
		if size == 32 {
			*(*float32)(at) = float32(f)
		} else {
			*(*float64)(at) = f
		}
	case kindInt:
		i, err := strconv.ParseInt(text, 10, size)
		if err != nil {
			whole, ok := wholeNumber(text, p)
			if !ok {
				return
			}
			if i, err = strconv.ParseInt(whole, 10, size); err != nil {
				lowest, highest := int64(-1)<<(size-1), int64(math.MaxInt64)>>(64-size)
				outOfRange(text, strconv.FormatInt(lowest, 10), strconv.FormatInt(highest, 10), p)
				return
			}
		}
		setInt(at, n.size, i)
	case kindUint:
		u, err := strconv.ParseUint(text, 10, size)
		if err != nil {
			whole, ok := wholeNumber(text, p)
			if !ok {
				return
			}
			if u, err = strconv.ParseUint(whole, 10, size); err != nil {
				outOfRange(text, "0", strconv.FormatUint(uint64(math.MaxUint64)>>(64-size), 10), p)
				return
			}
		}
		setInt(at, n.size, int64(u))
	case kindNumber:
		*(*json.Number)(at) = json.Number(strings.Clone(text)) // a copy, so that text can stay on the stack for other kinds
	}
	r.checkNumber(n, at, p)
}

// wholeNumber returns the digits of a number such as 1.0 or 1e2, which JSON Schema takes
// as an integer, or adds an issue. The digits are empty for a number beyond 64 bits.
func wholeNumber(text string, p *place) (string, bool) {
	var buf [32]byte
	whole, ok := parseDecimal(text, buf[:]).integer()
	if !ok {
		p.issue(CodeType, "integer", MsgInteger)
	}
	return whole, ok
}

// tooLarge adds the issue of a number that no float of a size can hold.
func tooLarge(text string, size int, p *place) {
	greatest := strconv.FormatFloat(math.MaxFloat64, 'g', -1, 64)
	if size == 32 {
		greatest = strconv.FormatFloat(math.MaxFloat32, 'g', -1, 32)
	}
	outOfRange(text, "-"+greatest, greatest, p)
}

// outOfRange adds the issue of a number that is beyond the least or greatest value of its
// type.
func outOfRange(text, lowest, highest string, p *place) {
	if strings.HasPrefix(text, "-") {
		p.issue(CodeMinimum, json.Number(lowest), MsgMinimum, lowest)
		return
	}
	p.issue(CodeMaximum, json.Number(highest), MsgMaximum, highest)
}

func setInt(at unsafe.Pointer, size uintptr, i int64) {
	switch size {
	case 1:
		*(*int8)(at) = int8(i)
	case 2:
		*(*int16)(at) = int16(i)
	case 4:
		*(*int32)(at) = int32(i)
	default:
		*(*int64)(at) = i
	}
}

func getInt(at unsafe.Pointer, size uintptr) int64 {
	switch size {
	case 1:
		return int64(*(*int8)(at))
	case 2:
		return int64(*(*int16)(at))
	case 4:
		return int64(*(*int32)(at))
	}
	return *(*int64)(at)
}

func getUint(at unsafe.Pointer, size uintptr) uint64 {
	switch size {
	case 1:
		return uint64(*(*uint8)(at))
	case 2:
		return uint64(*(*uint16)(at))
	case 4:
		return uint64(*(*uint32)(at))
	}
	return *(*uint64)(at)
}

func getFloat(at unsafe.Pointer, size uintptr) float64 {
	if size == 4 {
		return float64(*(*float32)(at))
	}
	return *(*float64)(at)
}

// appendNumber appends a json.Number. An empty one is 0, as in encoding/json.
func appendNumber(dst []byte, at unsafe.Pointer) ([]byte, error) {
	text := *(*string)(at)
	switch {
	case text == "":
		return append(dst, '0'), nil
	case !isNumber(text):
		return dst, fmt.Errorf("schema: the json.Number %.40q is not a number", text)
	}
	return append(dst, text...), nil
}

var typeNumber = reflect.TypeFor[json.Number]()

// quotedNumber returns the node of a number that the json option "string" makes a JSON
// string, and nil where n is not a number.
func (n *Node) quotedNumber() *Node {
	other := *n
	switch {
	case n.kind == kindInt || n.kind == kindUint || n.kind == kindFloat || n.kind == kindNumber:
		other.kind, other.elem, other.extra = kindQuoted, n, nil
	case n.nullable() && n.elem != nil:
		if other.elem = n.elem.quotedNumber(); other.elem == nil {
			return nil
		}
	default:
		return nil
	}
	return &other
}

// quotedPattern is the documented pattern of a number in a JSON string.
func quotedPattern(n *Node) string {
	switch n.kind {
	case kindInt, kindUint:
		return n.digitsPattern("-?0")
	}
	return `^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`
}
