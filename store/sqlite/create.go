package sqlite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// creating is locked while createPrivate has a file open. SQLite has locks on the database file,
// and a process loses all its locks on a file when it closes any descriptor of it, so no
// connection may be opened meanwhile.
var creating sync.Mutex

// createPrivate creates an empty file that only its owner can read, if there is no file. SQLite
// would create it with the mode of the umask. It creates the files beside the database with
// the mode of the database.
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
			return nil // the file exists; SQLite reports if it cannot be used
		}
		target, err := os.Readlink(path) // a link to a file that does not exist yet
		if err != nil {
			return err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
}
