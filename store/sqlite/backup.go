package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Backup writes a copy of the database to the file at path, which only its owner can read (mode
// 0600). It replaces a file that exists, when the copy is complete and on the disk. Readers and
// writers go on meanwhile; what is committed after Backup began is not in the copy. The copy holds
// password hashes and sessions.
//
// To restore it, end all processes, replace the file of the database by the copy, and remove the
// files beside it whose names end in -wal and -shm.
//
// With [Config].Django it copies the file OwnTables; the file of the site is for the site to back
// up.
func (db *DB) Backup(ctx context.Context, path string) error {
	if err := db.backup(ctx, path); err != nil {
		return fmt.Errorf("sqlite: backup to %q: %w", path, err)
	}
	return nil
}

func (db *DB) backup(ctx context.Context, path string) error {
	if db.ours() == "" {
		return errors.New("the database of the Django site is for the site to back up, and Config.OwnTables is empty")
	}
	if err := db.Flush(ctx); err != nil {
		return err
	}
	copied, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(copied.Name()) //nolint:errcheck // after the rename there is none
	if err := copied.Close(); err != nil {
		return err
	}
	if err := db.vacuumInto(ctx, copied.Name()); err != nil {
		return err
	}
	if err := syncFile(copied.Name()); err != nil {
		return err
	}
	if err := os.Rename(copied.Name(), path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

// vacuumInto copies the database into an empty file. It reads from a connection of its own.
func (db *DB) vacuumInto(ctx context.Context, path string) error {
	const statement = `VACUUM INTO ?`
	if db.path == inMemory {
		_, err := db.write.ExecContext(ctx, statement, path)
		return err
	}
	pool, err := sql.Open("sqlite", dsn(db.ours(), db.cfg.Timeout))
	if err != nil {
		return err
	}
	_, err = pool.ExecContext(ctx, statement, path)
	return errors.Join(err, pool.Close())
}

// syncFile waits until the disk has a file or a folder.
func syncFile(path string) error {
	f, err := os.Open(path) //nolint:gosec // the program names the file, no client
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
