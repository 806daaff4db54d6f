package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// creating is held while createPrivate has a file open. SQLite keeps locks on the
// database file, and a process loses all its locks on a file when it closes any
// descriptor of that file: no connection may open between creation and closing.
var creating sync.Mutex

// createPrivate creates an empty file for its owner only where there is none. SQLite
// would leave the mode to the umask. It gives the files beside the database the mode
// of the database.
func createPrivate(path string) error {
	creating.Lock()
	defer creating.Unlock()
	for {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the program names the file, no client
		if err == nil {
			return f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return nil // it was there; whether it can be used, SQLite says
		}
		target, err := os.Readlink(path) // a link to a file that is still to be made
		if err != nil {
			return err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
}
