package authtest

import "fmt"

// Findings plays all checks and returns what they report, by check.
func Findings(s Subject) map[string][]string {
	out := map[string][]string{}
	for _, c := range checks {
		c.check(s, func(format string, args ...any) { out[c.name] = append(out[c.name], fmt.Sprintf(format, args...)) })
	}
	return out
}
