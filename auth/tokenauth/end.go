package tokenauth

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// CanEndAll reports as an error what keeps EndAll from working.
func (a *Auth[U]) CanEndAll() error { return a.err }

// EndAll revokes a user's tokens, except the one with this ID, and returns how many they
// were. The ID is that of a [store.Token], as text; an empty one excepts none.
func (a *Auth[U]) EndAll(ctx context.Context, userID, exceptID string) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	rows, err := a.List(ctx, userID)
	ended := 0
	for _, row := range rows {
		if store.FormatID(row.ID) == exceptID {
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

// CanEndOthers reports as an error what keeps EndOthers from working. There are no
// cookies: EndOthers returns none.
func (a *Auth[U]) CanEndOthers() (cookies map[string]string, err error) { return nil, a.err }

// EndOthers revokes an account's tokens, after a change of its password, except the one
// that the request was let in with. It returns no cookies.
func (a *Auth[U]) EndOthers(r *http.Request, who auth.Account) ([]*http.Cookie, error) {
	id, _ := auth.FromContext(r.Context())
	except := ""
	if row, ok := id.Credential.(*store.Token); ok && (id.By == a.header || id.By == a.cookie) {
		except = store.FormatID(row.ID)
	}
	_, err := a.EndAll(r.Context(), who.ID, except)
	return nil, err
}
