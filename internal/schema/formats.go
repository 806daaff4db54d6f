package schema

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// format is a value of JSON Schema's format keyword.
type format struct {
	check func(string) bool // nil: the format is documented and not checked
	msg   string
}

// formats are the formats of strings, by name.
var formats = map[string]*format{
	"email":                 {func(s string) bool { return isEmail(s, false) }, MsgEmail},
	"idn-email":             {func(s string) bool { return isEmail(s, true) }, MsgEmail},
	"uri":                   {func(s string) bool { return isURI(s, true, false) }, MsgURI},
	"uri-reference":         {func(s string) bool { return isURI(s, false, false) }, MsgURIReference},
	"iri":                   {func(s string) bool { return isURI(s, true, true) }, MsgURI},
	"iri-reference":         {func(s string) bool { return isURI(s, false, true) }, MsgURIReference},
	"uri-template":          {uriTemplate.MatchString, MsgURITemplate},
	"uuid":                  {uuidPattern.MatchString, MsgUUID},
	"date-time":             {isDateTime, MsgDateTime},
	"date":                  {isDate, MsgDate},
	"time":                  {isClock, MsgTime},
	"duration":              {isDuration, MsgDuration},
	"ipv4":                  {isIPv4, MsgIPv4},
	"ipv6":                  {isIPv6, MsgIPv6},
	"hostname":              {isHostname, MsgHostname},
	"json-pointer":          {jsonPointer.MatchString, MsgJSONPointer},
	"relative-json-pointer": {relativePointer.MatchString, MsgRelativePointer},
	"byte":                  {isBase64, MsgBase64},
	"password":              {},
}

// numberFormats are the formats of numbers in the OpenAPI format registry.
var numberFormats = []string{"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float", "double"}

// ownFormats returns the formats that a type other than a string enforces.
func (n *Node) ownFormats() []string {
	switch n.kind {
	case kindTime:
		return []string{"date-time", "date", "time"}
	case kindDate:
		return []string{"date"}
	case kindClock:
		return []string{"time"}
	case kindDuration:
		return []string{"duration"}
	case kindBytes:
		return []string{"byte"}
	case kindInt:
		if n.typ == typeDuration {
			return []string{"duration", "int64"}
		}
		return []string{fmt.Sprintf("int%d", n.size*8)}
	case kindUint:
		return []string{fmt.Sprintf("uint%d", n.size*8)}
	case kindFloat:
		return []string{map[uintptr]string{4: "float", 8: "double"}[n.size]}
	case kindQuoted:
		return n.elem.ownFormats()
	}
	return nil
}

// setFormat sets the format, which must be one that values of n can have.
func (r *rules) setFormat(name string, n *Node) error {
	r.formatName = name
	f, known := formats[name]
	switch {
	case n.kind == kindString || n.kind == kindText:
		if !known {
			return fmt.Errorf("unknown format; the formats of strings are %s", strings.Join(slices.Sorted(maps.Keys(formats)), ", "))
		}
		if f.check != nil {
			r.format = f
		}
	case n.kind == kindCustom && (known || slices.Contains(numberFormats, name)):
	case n.kind == kindCustom:
		return fmt.Errorf("unknown format; to document a format of your own, return it from the method JSONSchema of %v", n.typ)
	case slices.Contains(n.ownFormats(), name):
	case n.ownFormats() != nil:
		return fmt.Errorf("the type %v cannot have this format; it can have %s", n.typ, strings.Join(n.ownFormats(), " or "))
	default:
		return unfit(n)
	}
	return nil
}

var (
	uuidPattern     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	labelPattern    = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)
	jsonPointer     = regexp.MustCompile(`^(/([^~/]|~[01])*)*$`)                    // RFC 6901 §3
	relativePointer = regexp.MustCompile(`^(0|[1-9][0-9]*)(#|(/([^~/]|~[01])*)*)$`) // draft-bhutton-relative-json-pointer
	uriTemplate     = regexp.MustCompile(`^(` + templateLiteral + `|\{[+#./;?&=,!@|]?` + templateVariable + `(,` + templateVariable + `)*\})*$`)
	dotAtom         = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	dotAtomUTF8     = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010FFFF-]+(\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010FFFF-]+)*$")
	quotedString    = regexp.MustCompile(`^"([ !#-\[\]-~]|\\[ -~])*"$`)
	quotedUTF8      = regexp.MustCompile(`^"([ !#-\[\]-~` + "\u0080-\U0010FFFF" + `]|\\[ -~])*"$`)
)

const (
	templateLiteral  = "[!#$&'()*+,./0-9:;=?@A-Z\\[\\]_a-z~\u0080-\U0010FFFF-]|%[0-9A-Fa-f]{2}" // RFC 6570 §2.1
	templateVariable = `([0-9A-Za-z_]|%[0-9A-Fa-f]{2})(\.?([0-9A-Za-z_]|%[0-9A-Fa-f]{2}))*(\*|:[1-9][0-9]{0,3})?`
)

// isEmail reports whether a text is a mailbox of RFC 5321 §4.1.2. With utf8Too it may
// have characters outside of ASCII (RFC 6531).
func isEmail(s string, utf8Too bool) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at > 64 || len(s) > 254 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if utf8Too {
		return (dotAtomUTF8.MatchString(local) || quotedUTF8.MatchString(local)) && isMailDomain(asciiLetters(domain))
	}
	return (dotAtom.MatchString(local) || quotedString.MatchString(local)) && isMailDomain(domain)
}

// asciiLetters replaces the characters outside of ASCII by x, except the dots that
// separate labels, so that isHostname can check the form of an international host name.
func asciiLetters(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf && r != '．' && r != '。' && r != '｡' {
			return 'x'
		}
		return r
	}, s)
}

// isMailDomain reports whether a text is a host name or an address literal such as
// [192.0.2.1] (RFC 5321 §4.1.3).
func isMailDomain(s string) bool {
	literal, ok := strings.CutPrefix(s, "[")
	if !ok {
		return isHostname(s)
	}
	if literal, ok = strings.CutSuffix(literal, "]"); !ok {
		return false
	}
	if v6, ok := strings.CutPrefix(literal, "IPv6:"); ok {
		return isIPv6(v6)
	}
	return isIPv4(literal)
}

// isHostname reports whether a text is a host name of RFC 1123 §2.1.
func isHostname(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if !labelPattern.MatchString(label) {
			return false
		}
	}
	return true
}

func isIPv4(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && !strings.Contains(s, "%")
}

// isBase64 reports whether a text is base64 of RFC 4648 §4: with padding, without line
// breaks, and with zeros in the bits that decoding drops.
func isBase64(s string) bool { _, err := fromBase64(s); return err == nil }

// fromBase64 decodes base64. Package base64 alone would skip line breaks.
func fromBase64(s string) ([]byte, error) {
	if at := strings.IndexAny(s, "\r\n"); at >= 0 {
		return nil, base64.CorruptInputError(at)
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}
