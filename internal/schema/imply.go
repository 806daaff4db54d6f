package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/go-modern-rest/rest/openapi"
)

// imply writes the format and the range of a Go type into its schema, as far as r does not
// say otherwise. The formats are those of the OpenAPI format registry that generators know:
// they choose a type by the format, and most assume 32 bits if an integer has none.
// No bound is beyond 2^53, because parsers that read numbers as float64 would round it.
func (n *Node) imply(s *openapi.Schema, r *rules) {
	switch n.kind {
	case kindInt, kindUint:
		s.Format = n.integerFormat()
		low, high := n.narrow()
		if r == nil || r.minimum == nil && r.above == nil {
			s.Minimum = low
		}
		if r == nil || r.maximum == nil && r.below == nil {
			s.Maximum = high
		}
	case kindFloat:
		s.Format = n.ownFormats()[0]
	case kindBytes:
		s.Format = "byte" // what OpenAPI 3.0 had for contentEncoding
	}
}

// integerFormat returns int32 or int64, whichever holds all values of an integer type, and
// uint64 where neither does.
func (n *Node) integerFormat() string {
	switch {
	case n.kind == kindUint && n.size == 8:
		return "uint64"
	case n.size == 8 || n.kind == kindUint && n.size == 4:
		return "int64"
	}
	return "int32"
}

// narrow returns the bounds of an integer type that its format does not imply, empty where
// there are none.
func (n *Node) narrow() (low, high json.Number) {
	switch {
	case n.kind == kindUint:
		low = "0"
		if n.size < 8 {
			high = json.Number(strconv.FormatUint(math.MaxUint64>>(64-n.size*8), 10))
		}
	case n.size < 4:
		limit := int64(1) << (n.size*8 - 1)
		low, high = json.Number(strconv.FormatInt(-limit, 10)), json.Number(strconv.FormatInt(limit-1, 10))
	}
	return low, high
}

// digitsPattern returns the pattern of the texts of all integers of a type, without zeros in
// front. zero is the pattern of 0.
func (n *Node) digitsPattern(zero string) string {
	bits := n.size * 8
	if n.kind == kindUint {
		return "^(" + zero + "|" + digitsUpTo(strconv.FormatUint(math.MaxUint64>>(64-bits), 10)) + ")$"
	}
	highest := strconv.FormatInt(math.MaxInt64>>(64-bits), 10)
	lowest := strconv.FormatInt(math.MinInt64>>(64-bits), 10)
	return "^(" + zero + "|-?(" + digitsUpTo(highest) + ")|" + lowest + ")$"
}

// digitsUpTo returns a pattern of the integers from 1 to a limit: those with fewer digits,
// and then, for each digit of the limit, those that are less at this digit and equal before.
func digitsUpTo(limit string) string {
	alternatives := []string{fmt.Sprintf("[1-9][0-9]{0,%d}", len(limit)-2)}
	for i := range len(limit) {
		least := byte('0')
		if i == 0 {
			least = '1'
		}
		if limit[i] == least {
			continue
		}
		alternative := fmt.Sprintf("%s[%c-%c]", limit[:i], least, limit[i]-1)
		switch more := len(limit) - 1 - i; more {
		case 0:
		case 1:
			alternative += "[0-9]"
		default:
			alternative += fmt.Sprintf("[0-9]{%d}", more)
		}
		alternatives = append(alternatives, alternative)
	}
	return strings.Join(append(alternatives, limit), "|")
}
