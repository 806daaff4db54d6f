package sqlite

import (
	"bytes"
	"compress/zlib"
	"context"
	"database/sql"
	"encoding/base64"
	"io"
	"strings"

	"github.com/go-modern-rest/rest/store"
)

// searched returns the sessions of a user from a table that has no column of users.
func (t *Sessions) searched(ctx context.Context, userID string) (sessions []store.Session, err error) {
	const page = 1000 // rows; one query reads no more
	for after := ""; ; {
		rows, err := list(ctx, t.db, "sessions", t.all, readSession, after, int64(page))
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if userOf(row.Data) == userID {
				row.UserID = userID
				sessions = append(sessions, row)
			}
		}
		if len(rows) < page {
			return sessions, nil
		}
		after = rows[page-1].Key
	}
}

func (t *Sessions) deleteSearched(ctx context.Context, userID, exceptKey string) (keys []string, err error) {
	sessions, err := t.searched(ctx, userID)
	if err != nil {
		return nil, err
	}
	err = t.db.Write(ctx, func(tx *sql.Tx) error {
		keys = nil
		for _, session := range sessions {
			if session.Key == exceptKey {
				continue
			}
			n, err := t.remove(ctx, tx, session.Key)
			if err != nil {
				return err
			}
			if n > 0 {
				keys = append(keys, session.Key)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// longestData is how much of a compressed session is read. Django writes its own keys first.
const longestData = 1 << 20

// userOf returns the id of the user in the data of a session, which it does not verify
// (django/core/signing.py:dumps, contrib/auth/__init__.py:login). Empty: there is none.
func userOf(data string) string {
	value, _, _ := strings.Cut(data, ":") // the data, its time and its signature
	text, compressed := strings.CutPrefix(value, ".")
	payload, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	if compressed {
		inflated, err := zlib.NewReader(bytes.NewReader(payload))
		if err != nil {
			return ""
		}
		payload, _ = io.ReadAll(io.LimitReader(inflated, longestData)) // as much as can be read
	}
	// In a value, the quotes of this text are escaped.
	_, rest, _ := bytes.Cut(payload, []byte(`"_auth_user_id":"`))
	id, _, found := bytes.Cut(rest, []byte(`"`))
	if !found {
		return ""
	}
	return string(id)
}
