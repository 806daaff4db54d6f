// Package source finds the line of the user's code that built a value, so that a
// start-up error can name it.
package source

import (
	"fmt"
	"path"
	"runtime"
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
