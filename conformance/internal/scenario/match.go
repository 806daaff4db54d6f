package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// check returns a line for every difference.
func (s *Session) check(e Expect, got *reply) (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if got.status != e.Status {
		add("status: expected %d, got %d", e.Status, got.status)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Headers)) {
		rule := e.Headers[name]
		value, ok := got.headers[strings.ToLower(name)]
		set, isMatcher := rule.(map[string]any)
		switch {
		case rule == nil && ok:
			add("header %s: expected absent, got %q", name, value)
		case rule == nil:
		case !ok:
			add("header %s: missing, expected %v", name, rule)
		case isMatcher && set["$set"] != nil:
			if have, want := listOf(value), lowered(set["$set"]); !slices.Equal(have, want) {
				add("header %s: expected %q, got %q", name, want, have)
			}
		case isMatcher && set["$contains"] != nil:
			for _, one := range lowered(set["$contains"]) {
				if !slices.Contains(listOf(value), one) {
					add("header %s: %q is missing in %q", name, one, value)
				}
			}
		default:
			out = append(out, s.match(rule, value, "header "+name)...)
		}
	}
	if e.JSON != nil {
		var pattern any
		if err := decode(e.JSON, &pattern); err != nil {
			return append(out, err.Error())
		}
		if !got.isJSON {
			add("body: expected JSON, got %.200q", got.body)
		} else {
			out = append(out, s.match(pattern, got.json, "body")...)
		}
	}
	for _, raw := range e.JSONAt {
		out = append(out, s.matchAt(raw, got.json)...)
	}
	if e.EmptyBody && len(got.body) > 0 {
		add("body: expected empty, got %.200q", got.body)
	}
	if e.SetCookies != nil {
		have, want := byName(got.cookies), byName(*e.SetCookies)
		out = append(out, s.match(want, have, "set-cookie")...)
	}
	return out
}

// matchAt checks one place of the body: [[key, key, ...], pattern].
func (s *Session) matchAt(raw json.RawMessage, value any) []string {
	var place [2]any
	if err := decode(raw, &place); err != nil {
		return []string{err.Error()}
	}
	keys, _ := place[0].([]any)
	for _, key := range keys {
		switch at := value.(type) {
		case map[string]any:
			value = at[fmt.Sprint(key)]
		case []any:
			index, err := key.(json.Number).Int64()
			if err != nil || int(index) >= len(at) {
				value = nil
			} else {
				value = at[index]
			}
		default:
			value = nil
		}
	}
	if value == nil && place[1] == nil {
		return nil
	}
	return s.match(place[1], value, fmt.Sprintf("body at %v", keys))
}

func byName(cookies []map[string]any) map[string]any {
	out := map[string]any{}
	for _, c := range cookies {
		out[c["name"].(string)] = c
	}
	return out
}

func listOf(value string) (out []string) {
	for part := range strings.SplitSeq(value, ",") {
		out = append(out, strings.ToLower(strings.TrimSpace(part)))
	}
	sort.Strings(out)
	return slices.Compact(out)
}

func lowered(list any) (out []string) {
	for _, one := range list.([]any) {
		out = append(out, strings.ToLower(fmt.Sprint(one)))
	}
	sort.Strings(out)
	return slices.Compact(out)
}

// match returns a line for every difference between a pattern and a value.
func (s *Session) match(pattern, value any, where string) []string {
	differ := func(want any) []string { return []string{fmt.Sprintf("%s: expected %v, got %#v", where, want, value)} }
	switch pattern := pattern.(type) {
	case map[string]any:
		if len(pattern) == 1 {
			for key, arg := range pattern {
				if strings.HasPrefix(key, "$") && key != "$ref" {
					return s.matcher(key, arg, value, where)
				}
			}
		}
		object, ok := value.(map[string]any)
		if !ok {
			return differ("an object")
		}
		var out []string
		for _, key := range slices.Sorted(maps.Keys(union(pattern, object))) {
			inner := where + "." + key
			want, wanted := pattern[key]
			have, there := object[key]
			switch {
			case !there:
				out = append(out, inner+": missing")
			case !wanted:
				out = append(out, fmt.Sprintf("%s: not expected, got %v", inner, have))
			default:
				out = append(out, s.match(want, have, inner)...)
			}
		}
		return out
	case []any:
		list, ok := value.([]any)
		if !ok || len(list) != len(pattern) {
			return differ(pattern)
		}
		var out []string
		for i := range pattern {
			out = append(out, s.match(pattern[i], list[i], fmt.Sprintf("%s[%d]", where, i))...)
		}
		return out
	}
	if want := s.fill(pattern); want != value {
		return differ(want)
	}
	return nil
}

func union(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

func (s *Session) matcher(key string, arg, value any, where string) []string {
	ok := false
	switch key {
	case "$any":
		ok = isA(arg.(string), value)
	case "$re":
		text, isText := value.(string)
		re, err := regexp.Compile(arg.(string))
		if err != nil {
			return []string{err.Error()}
		}
		ok = isText && re.MatchString(text)
	case "$var":
		return s.match(s.vars[arg.(string)], value, where)
	case "$now":
		number, isNumber := value.(json.Number)
		bounds := arg.([]any)
		low, _ := bounds[0].(json.Number).Float64()
		high, _ := bounds[1].(json.Number).Float64()
		at, err := number.Float64()
		ok = isNumber && err == nil && at >= timeNow()+low && at <= timeNow()+high
	case "$unordered":
		list, isList := value.([]any)
		ok = isList && slices.Equal(sorted(list), sorted(s.fill(arg).([]any)))
	default:
		return []string{where + ": unknown matcher " + key}
	}
	if !ok {
		return []string{fmt.Sprintf("%s: expected %s %v, got %#v", where, key, arg, value)}
	}
	return nil
}

func sorted(list []any) (out []string) {
	for _, one := range list {
		out = append(out, string(encodeJSON(one)))
	}
	sort.Strings(out)
	return out
}

func isA(kind string, value any) bool {
	switch kind {
	case "value":
		return true
	case "null":
		return value == nil
	case "int":
		number, ok := value.(json.Number)
		return ok && !strings.ContainsAny(number.String(), ".eE")
	}
	switch value.(type) {
	case string:
		return kind == "string"
	case bool:
		return kind == "bool"
	case json.Number:
		return kind == "number"
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}
