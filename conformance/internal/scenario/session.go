package scenario

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Session is the state of a scenario that is being played.
type Session struct {
	host string
	env  *Env
	jar  map[string]jarCookie
	vars map[string]any
}

type jarCookie struct{ value, path string }

func newSession(host string, env *Env) *Session {
	s := &Session{host: host, env: env, jar: map[string]jarCookie{}, vars: map[string]any{"host": host}}
	for name, value := range env.Vars {
		s.vars[name] = value
	}
	return s
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// fillText replaces ${name}.
func (s *Session) fillText(text string) string {
	return variable.ReplaceAllStringFunc(text, func(match string) string {
		return fmt.Sprint(s.vars[match[2:len(match)-1]])
	})
}

// fill replaces variables in a JSON value, and {"$now": n} by a time.
func (s *Session) fill(value any) any {
	switch value := value.(type) {
	case string:
		return s.fillText(value)
	case []any:
		out := make([]any, len(value))
		for i := range value {
			out[i] = s.fill(value[i])
		}
		return out
	case map[string]any:
		if offset, ok := value["$now"].(json.Number); ok && len(value) == 1 {
			seconds, _ := offset.Float64()
			if _, err := offset.Int64(); err == nil {
				return json.Number(strconv.FormatInt(int64(timeNow()+seconds), 10))
			}
			return json.Number(strconv.FormatFloat(timeNow()+seconds, 'f', 6, 64))
		}
		out := map[string]any{}
		for name := range value {
			out[name] = s.fill(value[name])
		}
		return out
	}
	return value
}

type reply struct {
	status  int
	headers map[string]string // names in lower case, lines joined
	body    []byte
	json    any
	isJSON  bool
	cookies []map[string]any
}

// send writes the request by hand, so that nothing of it is changed or added.
func (s *Session) send(r *Request) (*reply, error) {
	path := s.fillText(r.Path)
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s %s HTTP/1.1\r\n", r.Method, path)
	names := map[string]bool{}
	add := func(name, value string) {
		names[strings.ToLower(name)] = true
		fmt.Fprintf(&out, "%s: %s\r\n", name, value)
	}
	for _, header := range r.Headers {
		add(header[0], s.fillText(header[1]))
	}
	if !names["host"] {
		add("Host", s.host)
	}
	var body []byte
	switch {
	case r.JSON != nil:
		var value any
		if err := decode(r.JSON, &value); err != nil {
			return nil, err
		}
		body = encodeJSON(s.fill(value))
		if !names["content-type"] {
			add("Content-Type", "application/json")
		}
	case r.Body != nil:
		body = []byte(s.fillText(*r.Body))
	}
	useJar := r.Jar == nil || *r.Jar
	if cookies := s.cookiesFor(path); useJar && !names["cookie"] && cookies != "" {
		add("Cookie", cookies)
	}
	if len(body) > 0 || r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH" {
		add("Content-Length", strconv.Itoa(len(body)))
	}
	add("Connection", "close")
	out.WriteString("\r\n")
	out.Write(body)
	got, err := s.exchange(r.Method, out.Bytes())
	if err == nil && useJar {
		s.keep(got.cookies)
	}
	return got, err
}

// exchange sends the bytes of a request and reads the reply.
func (s *Session) exchange(method string, request []byte) (*reply, error) {
	conn, err := net.DialTimeout("tcp", s.host, 10*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(request); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	got := &reply{status: response.StatusCode, headers: map[string]string{}}
	if got.body, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	for name, lines := range response.Header {
		if name != "Set-Cookie" {
			got.headers[strings.ToLower(name)] = strings.Join(lines, ", ")
		}
	}
	got.isJSON = len(got.body) > 0 && json.Valid(got.body) && decode(got.body, &got.json) == nil
	for _, line := range response.Header["Set-Cookie"] {
		got.cookies = append(got.cookies, parseCookie(line))
	}
	return got, nil
}

// encodeJSON does not escape HTML.
func encodeJSON(value any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // it was decoded from JSON
	return bytes.TrimRight(out.Bytes(), "\n")
}

// cookiesFor honours paths; Domain and Secure do not matter here.
func (s *Session) cookiesFor(path string) string {
	path, _, _ = strings.Cut(path, "?")
	var pairs []string
	for name, c := range s.jar {
		if scope := strings.TrimSuffix(c.path, "/") + "/"; path == c.path || strings.HasPrefix(path, scope) {
			pairs = append(pairs, name+"="+c.value)
		}
	}
	return strings.Join(pairs, "; ")
}

func (s *Session) keep(cookies []map[string]any) {
	for _, c := range cookies {
		name, value := c["name"].(string), c["value"].(string)
		if c["max_age"] == json.Number("0") || value == "" {
			delete(s.jar, name)
			continue
		}
		path, _ := c["path"].(string)
		if path == "" {
			path = "/"
		}
		s.jar[name] = jarCookie{value, path}
	}
}

// parseCookie reads a Set-Cookie header into the form that scenarios have.
func parseCookie(line string) map[string]any {
	parts := strings.Split(line, ";")
	name, value, _ := strings.Cut(strings.TrimSpace(parts[0]), "=")
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	c := map[string]any{
		"name": name, "value": value, "path": nil, "domain": nil, "max_age": nil, "expires": false, "httponly": false, "secure": false, "samesite": nil,
	}
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch key = strings.ToLower(key); key {
		case "path", "domain":
			c[key] = value
		case "max-age":
			c["max_age"] = json.Number(value)
		case "samesite":
			c[key] = strings.ToLower(value)
		case "expires", "httponly", "secure":
			c[key] = true
		}
	}
	return c
}

func (s *Session) capture(rules map[string]map[string]string, got *reply) error {
	for name, rule := range rules {
		var value any
		switch {
		case rule["json"] != "":
			value = got.json
			for part := range strings.SplitSeq(rule["json"], ".") {
				switch at := value.(type) {
				case map[string]any:
					value = at[part]
				case []any:
					i, err := strconv.Atoi(part)
					if err != nil || i >= len(at) {
						return fmt.Errorf("%w: %s", errCapture, rule["json"])
					}
					value = at[i]
				}
			}
		case rule["cookie"] != "":
			for _, c := range got.cookies {
				if c["name"] == rule["cookie"] {
					value = c["value"]
				}
			}
		default:
			if header, ok := got.headers[strings.ToLower(rule["header"])]; ok {
				value = header
			}
		}
		if value == nil {
			return fmt.Errorf("%w: %v", errCapture, rule)
		}
		s.vars[name] = value
	}
	return nil
}
