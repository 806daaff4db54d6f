package schema

import (
	"encoding/base64"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// format is a check of JSON Schema's format keyword.
type format struct {
	check func(string) bool
	msg   string
}

// formats are those that are checked; others are documented only.
var formats = map[string]*format{
	"email":     {isEmail, MsgEmail},
	"uri":       {isURI, MsgURI},
	"uuid":      {uuidPattern.MatchString, MsgUUID},
	"date-time": {timeLayout(time.RFC3339), MsgDateTime},
	"date":      {timeLayout(time.DateOnly), MsgDate},
	"time":      {timeLayout("15:04:05Z07:00"), MsgTime},
	"duration":  {durationPattern.MatchString, MsgDuration},
	"ipv4":      {func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }, MsgIPv4},
	"ipv6":      {func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" }, MsgIPv6},
	"hostname":  {isHostname, MsgHostname},
	"byte":      {isBase64, MsgBase64},
}

var (
	uuidPattern     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	durationPattern = regexp.MustCompile(`^P(\d+W|(\d+Y)?(\d+M)?(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?)$`)
	labelPattern    = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$`)
)

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "")
}

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

func isBase64(s string) bool { _, err := base64.StdEncoding.DecodeString(s); return err == nil }

func timeLayout(layout string) func(string) bool {
	return func(s string) bool { _, err := time.Parse(layout, s); return err == nil }
}
