// Package source finds the line of the user's code that built a value, so that a
// start-up error can name it.
package source

import (
	"fmt"
	"path"
	"reflect"
	"regexp"
	"runtime"
	"strings"
)

// Line returns "folder/file.go:12" of the caller skip levels above the function
// that calls Line: 0 is the line that called that function. The folder and the
// file are enough to find the line, and do not tell where the source was built.
func Line(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 2)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s/%s:%d", path.Base(path.Dir(file)), path.Base(file), line)
}

// Of returns the name of a function and its line: "notes.read folder/file.go:12". Of a
// method value, which the compiler wraps, and of nil the line is that of the caller skip
// levels above the function that calls Of.
func Of(fn any, skip int) string {
	f := code(fn)
	if f == nil {
		return Line(skip + 1)
	}
	name, method := strings.CutSuffix(path.Base(f.Name()), "-fm")
	if method {
		return name + " " + Line(skip+1)
	}
	file, line := f.FileLine(f.Entry())
	return fmt.Sprintf("%s %s/%s:%d", name, path.Base(path.Dir(file)), path.Base(file), line)
}

// Name returns the name of a function, or those of a method and its type, without the
// package. Both are empty for a function without a name, and for nil.
func Name(fn any) (receiver, name string) {
	f := code(fn)
	if f == nil {
		return "", ""
	}
	text := path.Base(strings.ReplaceAll(strings.TrimSuffix(f.Name(), "-fm"), "[...]", ""))
	parts := strings.Split(text, ".") // package, type, method
	if name = parts[len(parts)-1]; unnamed.MatchString(name) {
		return "", ""
	}
	if len(parts) == 3 {
		receiver = strings.Trim(parts[1], "(*)")
	}
	return receiver, name
}

// unnamed matches what the compiler calls function literals and its own wrappers.
var unnamed = regexp.MustCompile(`^(func|gowrap|deferwrap)?[0-9]+$|-`)

// code returns what the runtime knows of a function, or nil.
func code(fn any) *runtime.Func {
	v := reflect.ValueOf(fn)
	if v.Kind() != reflect.Func || v.IsNil() {
		return nil
	}
	return runtime.FuncForPC(v.Pointer())
}
