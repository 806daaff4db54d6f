package rest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/go-modern-rest/rest/auth"
)

// ConfigError is one mistake in the tree that New was given.
type ConfigError struct {
	Operation string // "GET /api/notes/{id}", or a path; the first one that has the mistake
	Level     string // the level that has it: settings, router, controller, endpoint or mount
	Pos       string // the handler and its line, "notes.read folder/file.go:12", or the line that made the authenticator
	More      int    // how many other operations have the same mistake
	Err       error

	operations map[string]bool // those that have it
}

// Error names the operation, the level, the mistake and the line.
func (e *ConfigError) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	if e.More > 0 {
		fmt.Fprintf(&b, " and %d more", e.More)
	}
	if e.Level != "" {
		fmt.Fprintf(&b, " [%s]", e.Level)
	}
	b.WriteString(": " + e.Err.Error())
	if e.Pos != "" {
		b.WriteString(" (" + e.Pos + ")")
	}
	return b.String()
}

// Unwrap returns the mistake itself.
func (e *ConfigError) Unwrap() error { return e.Err }

// ConfigErrors yields the mistakes that New found.
func ConfigErrors(err error) iter.Seq[*ConfigError] {
	return func(yield func(*ConfigError) bool) {
		list, ok := errors.AsType[*configErrors](err)
		if !ok {
			return
		}
		for _, e := range list.list {
			if !yield(e) {
				return
			}
		}
	}
}

// configErrors collects mistakes, one for each cause.
type configErrors struct {
	list  []*ConfigError
	cause map[any]*ConfigError
}

func (c *configErrors) add(operation, level, pos string, err error) {
	c.addAt(operation, level, pos, err, level)
}

// addAt adds the mistakes that err joins, each once for a cause. Mistakes with the same
// line and text are different if where is.
func (c *configErrors) addAt(operation, level, pos string, err error, where string) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			c.addAt(operation, level, pos, one, where)
		}
		return
	}
	if misconfigured, ok := errors.AsType[*auth.ConfigError](err); ok && misconfigured.Err != nil {
		// The mistake is in the authenticator, wherever that is used.
		c.addAt(operation, level, misconfigured.Pos, misconfigured.Err, "")
		return
	}
	key := any(where + "\x00" + pos + "\x00" + err.Error())
	if shared, ok := errors.AsType[interface {
		error
		Cause() any
	}](err); ok {
		key = shared.Cause()
	}
	if have, ok := c.cause[key]; ok {
		have.add(operation, pos)
		return
	}
	e := &ConfigError{Operation: operation, Level: level, Pos: pos, Err: err, operations: map[string]bool{operation: true}}
	if c.cause == nil {
		c.cause = map[any]*ConfigError{}
	}
	c.cause[key] = e
	c.list = append(c.list, e)
}

// add names another use of what is mistaken.
func (e *ConfigError) add(operation, pos string) {
	e.operations[operation] = true
	e.More = len(e.operations) - 1
	if pos != "" && !slices.Contains(strings.Split(e.Pos, ", "), pos) {
		e.Pos += ", " + pos
	}
}

func (c *configErrors) err() error {
	if len(c.list) == 0 {
		return nil
	}
	return c
}

// Error lists the mistakes, one a line.
func (c *configErrors) Error() string {
	var b strings.Builder
	noun := "mistakes"
	if len(c.list) == 1 {
		noun = "mistake"
	}
	fmt.Fprintf(&b, "rest: %d %s in the API:", len(c.list), noun)
	for _, e := range c.list {
		b.WriteString("\n\t" + e.Error())
	}
	return b.String()
}

// Unwrap lets errors.Is and errors.As see every mistake.
func (c *configErrors) Unwrap() []error {
	errs := make([]error, len(c.list))
	for i, e := range c.list {
		errs[i] = e
	}
	return errs
}
