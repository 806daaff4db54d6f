// Package secret keeps the secret of a program in a file, which it makes at the first
// start.
//
//	key, err := secret.File(filepath.Join(data, "secret"))
//	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: key})
package secret

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// Shortest is the least length of a secret, in bytes.
const Shortest = 32

// File returns the secret in the file at path, without the line break at its end. If
// there is no file, it makes one with a random secret of 52 letters and digits (260
// bits), which only its owner can read.
//
// Processes that start together get the same secret, and a full disk or a crash leaves
// either the whole file or none. The folder must exist, on a file system that has hard
// links.
//
// It is an error if the file is empty or shorter than [Shortest], if it is not a regular
// file, and, except on Windows, if other users may read or write it (a mode beyond
// 0700). Errors name the path and do not show the secret.
func File(path string) ([]byte, error) {
	key, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = create(path); err == nil {
			key, err = read(path) // it may be another process's
		}
	}
	if err != nil {
		return nil, fmt.Errorf("secret: %q: %w", path, err)
	}
	return key, nil
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path) // before it is opened: a pipe would block
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("other users have access to it (mode %04o); make a new secret, or allow its owner only (chmod 600)", mode)
	}
	key, err := os.ReadFile(path) //nolint:gosec // the program names the file, no client
	if err != nil {
		return nil, cause(err)
	}
	key = bytes.TrimRight(key, "\r\n")
	if len(key) < Shortest {
		return nil, fmt.Errorf("it holds %d bytes, want at least %d random ones; remove it for a new secret", len(key), Shortest)
	}
	return key, nil
}

// create writes a new secret to a temporary file and links it to path: the link fails
// if another process has made the file.
func create(path string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".secret-*") // for its owner only
	if err != nil {
		return cause(err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(rand.Text() + rand.Text())
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return cause(err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return cause(err)
	}
	return syncDir(dir)
}

// syncDir makes the new name of a file outlast a power cut.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // it cannot open folders for that
	}
	d, err := os.Open(dir) //nolint:gosec // the program names the folder, no client
	if err != nil {
		return cause(err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// cause takes the path from an error: File names the one that the caller gave.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
