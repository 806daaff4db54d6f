package tokenauth

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// CanEndAll returns the reason why EndAll cannot work; nil: it can.
func (a *Auth[U]) CanEndAll() error { return a.err }

// EndAll revokes the tokens of a user except the one with this ID, and returns how many it
// revoked. The ID is that of a [store.Token], as text. An empty one excepts none.
func (a *Auth[U]) EndAll(ctx context.Context, userID, exceptID string) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	rows, err := a.List(ctx, userID)
	ended := 0
	for _, row := range rows {
		if rowID(row.ID) == exceptID {
			continue
		}
		switch revoked := a.Revoke(ctx, userID, row.ID); {
		case revoked == nil:
			ended++
		case !errors.Is(revoked, store.ErrNotFound): // it was removed a moment ago
			err = errors.Join(err, revoked)
		}
	}
	return ended, err
}

// rowID returns the id of a row as EndAll takes it.
func rowID(id int64) string { return strconv.FormatInt(id, 10) }

// CanEndOthers returns the reason why EndOthers cannot work; nil: it can. There are no cookies.
func (a *Auth[U]) CanEndOthers() (cookies map[string]string, err error) { return nil, a.err }

// EndOthers revokes the tokens of an account, after a change of its password, except the token
// of the request. It returns no cookies.
func (a *Auth[U]) EndOthers(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	id, _ := auth.FromContext(r.Context())
	except := ""
	if row, ok := id.Credential.(*store.Token); ok && (id.By == a.header || id.By == a.cookie) {
		except = rowID(row.ID)
	}
	_, err := a.EndAll(r.Context(), who.ID, except)
	return nil, err
}
