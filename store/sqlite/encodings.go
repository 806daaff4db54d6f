package sqlite

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// djangoEncoding is how Django 5.2 encodes passwords if its settings say nothing else.
const djangoEncoding = "pbkdf2_sha256$1000000"

// encodings keeps what PasswordEncodings returns.
type encodings struct {
	query   *query
	reading sync.Mutex // held while the table is read
	last    atomic.Pointer[encodingsAt]
}

type encodingsAt struct {
	list []string
	at   time.Time
}

// encodingsFor is how long the encodings of the table are kept.
const encodingsFor = 10 * time.Minute

// PasswordEncodings implements password.EncodingLister. In the database of a Django site it returns
// the encoded passwords of the latest logins and sign-ups, which Django has encoded as its
// settings say, and then Django's default. Otherwise it returns none. It reads the table once in
// ten minutes.
func (t *Users) PasswordEncodings(ctx context.Context) ([]string, error) {
	if !t.db.cfg.Django {
		return nil, nil
	}
	last := t.encodings.last.Load()
	if last != nil && time.Since(last.at) < encodingsFor || !t.encodings.reading.TryLock() {
		return last.list, nil
	}
	defer t.encodings.reading.Unlock()
	found, err := list(ctx, t.db, "users", t.encodings.query, (*row).text)
	switch {
	case err == nil:
		last = &encodingsAt{append(found, djangoEncoding), time.Now()}
	case last == nil: // only in Open
		return nil, err
	default: // the old ones will do
		last = &encodingsAt{last.list, time.Now()}
	}
	t.encodings.last.Store(last)
	return last.list, nil
}
