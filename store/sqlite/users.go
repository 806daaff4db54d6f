package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// userColumns are read by readUser.
const userColumns = `u.id, u.username, u.email, u.first_name, u.last_name, u.password,
	u.is_active, u.is_staff, u.is_superuser, u.last_login, u.date_joined`

// readUser reads userColumns. In a joined read without a matching user, the ID is empty.
func readUser(r *row) *store.User {
	return &store.User{
		ID: r.id(), Username: r.text(), Email: r.text(), FirstName: r.text(), LastName: r.text(), Password: r.text(),
		Active: r.flag(), Staff: r.flag(), Superuser: r.flag(), LastLogin: r.time(), DateJoined: r.time(),
	}
}

// Users is the table of users, an auth.Users. The principal is a *store.User, a new one each time.
type Users struct {
	db      *DB
	between string // the statement of selectBetween, for transactions

	first, byID, byUsername, range_, list, count                       *query
	create, setPassword, upgradePassword, setActive, setLastLogin, del *sql.Stmt

	encodings encodings

	ends    []*sql.Stmt // deletes rows of our tables that refer to a user
	unblock *sql.Stmt   // removes the user from a blocklist beside a Django site
}

func newUsers(db *DB, p *preparer) *Users {
	t := &Users{
		db:         db,
		between:    p.names.Replace(selectBetween),
		first:      p.read(`SELECT ` + packed("1") + ` FROM {users} LIMIT 1`),
		byID:       p.read(`SELECT ` + packed(userColumns) + ` FROM {users} u WHERE u.id = ?`),
		byUsername: p.read(`SELECT ` + packed(userColumns) + ` FROM {users} u WHERE u.username = ?`),
		range_:     p.read(packedBetween),
		list:       p.read(`SELECT ` + packed(userColumns) + ` FROM {users} u WHERE u.id > ? ORDER BY u.id LIMIT ?`),
		count:      p.read(`SELECT ` + packed("COUNT(*)") + ` FROM {users}`),
		create: p.write(`INSERT INTO {users} (id, username, email, first_name, last_name, password,
			is_active, is_staff, is_superuser, last_login, date_joined) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
		setPassword:     p.write(`UPDATE {users} SET password = ? WHERE id = ?`),
		upgradePassword: p.write(`UPDATE {users} SET password = ? WHERE id = ? AND password = ?`),
		setActive:       p.write(`UPDATE {users} SET is_active = ? WHERE id = ?`),
		setLastLogin:    p.write(`UPDATE {users} SET last_login = ? WHERE id = ?`),
		del:             p.write(`DELETE FROM {users} WHERE id = ?`),
	}
	t.encodings.query = p.read(`SELECT ` + packed("password") + ` FROM {users} WHERE password LIKE '%$%' AND password NOT LIKE '!%'
		ORDER BY MAX(COALESCE(last_login, ''), date_joined) DESC LIMIT 20`)
	if p.own {
		t.ends = []*sql.Stmt{
			p.write(`DELETE FROM {own}.rest_refresh_family WHERE user_id = ?`),
			p.write(`DELETE FROM {own}.rest_token WHERE user_id = ?`),
		}
		if db.cfg.Django {
			t.unblock = p.write(`UPDATE {own}.blocklist_blocklistedjwtoken SET user_id = NULL WHERE user_id = ?`)
		}
	}
	return t
}

func accountOf(u *store.User) auth.Account {
	return auth.Account{ID: u.ID, Username: u.Username, Email: u.Email, Password: u.Password, Active: u.Active}
}

// Accounts returns the table itself, so that a type that embeds it has the same accounts, see
// [auth.AccountsOf].
func (t *Users) Accounts() any { return t }

// ByID finds a user by id. The error is [store.ErrNotFound] if there is none.
func (t *Users) ByID(ctx context.Context, id string) (*store.User, auth.Account, error) {
	key, err := t.key(id)
	if err != nil {
		return nil, auth.Account{}, err
	}
	return t.one(ctx, t.byID, key)
}

// key returns an id as it is in the table.
func (t *Users) key(id string) (any, error) {
	key, ok := t.db.column(id)
	if !ok {
		return nil, fmt.Errorf("sqlite: user with id %q: %w", id, store.ErrNotFound)
	}
	return key, nil
}

// ByUsername finds a user by name. [Config].IgnoreCase decides whether case matters; if several
// users then have the name, the error is [store.ErrNotFound], and a warning is logged.
func (t *Users) ByUsername(ctx context.Context, name string) (*store.User, auth.Account, error) {
	if !t.db.cfg.IgnoreCase {
		return t.one(ctx, t.byUsername, name)
	}
	keys, err := spelled(name, func(from, to string) ([]named, error) {
		return list(ctx, t.db, "users", t.range_, readNamed, from, to)
	})
	switch {
	case err != nil:
		return nil, auth.Account{}, err
	case len(keys) > 1:
		t.db.cfg.Logger.WarnContext(ctx, "sqlite: the names of several users differ only in case; none of them is found by it", "username", name)
		return nil, auth.Account{}, fmt.Errorf("sqlite: several users are named %q: %w", name, store.ErrNotFound)
	case len(keys) == 0:
		return nil, auth.Account{}, failed(sql.ErrNoRows, "user")
	}
	return t.one(ctx, t.byID, keys[0])
}

// NameKey returns the same text for all spellings of a name with which ByUsername finds the same
// user, see [Config].IgnoreCase.
func (t *Users) NameKey(name string) string {
	if t.db.cfg.IgnoreCase {
		return store.FoldCase(name)
	}
	return name
}

func (t *Users) one(ctx context.Context, q *query, key any) (*store.User, auth.Account, error) {
	user, err := one(ctx, t.db, "user", q, readUser, key)
	if err != nil {
		return nil, auth.Account{}, err
	}
	return user, accountOf(user), nil
}

// Create adds a user and returns it with its id. An empty ID means the next one, and a zero
// DateJoined means now. Email is stored as [store.NormalizeEmail] returns it. No other field is
// set: a user who shall log in needs Active. The error is [store.ErrExists] if the name or the
// id is taken.
func (t *Users) Create(ctx context.Context, u store.User) (*store.User, error) {
	if u.DateJoined.IsZero() {
		u.DateJoined = time.Now()
	}
	u.DateJoined, u.LastLogin, u.Email = micro(u.DateJoined), micro(u.LastLogin), store.NormalizeEmail(u.Email)
	if u.ID == "" {
		u.ID = t.db.cfg.UserID.New()
	}
	var id any // NULL: the next one
	if u.ID != "" {
		key, ok := t.db.column(u.ID)
		if !ok {
			return nil, fmt.Errorf("sqlite: user %q: %q is not a valid %v id", u.Username, u.ID, t.db.cfg.UserID)
		}
		id = key
	}
	err := t.db.Write(ctx, func(tx *sql.Tx) error {
		if err := t.checkName(ctx, tx, u.Username); err != nil {
			return err
		}
		result, err := run(ctx, tx, t.create, id, u.Username, u.Email, u.FirstName, u.LastName, u.Password,
			u.Active, u.Staff, u.Superuser, formatTime(u.LastLogin), formatTime(u.DateJoined))
		if err == nil && id == nil {
			var n int64
			n, err = result.LastInsertId()
			u.ID = strconv.FormatInt(n, 10)
		}
		return err
	})
	if err != nil {
		return nil, failed(err, fmt.Sprintf("user %q", u.Username))
	}
	return &u, nil
}

// checkName finds a name that is taken in another spelling: the table allows that.
func (t *Users) checkName(ctx context.Context, tx *sql.Tx, name string) error {
	if !t.db.cfg.IgnoreCase {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	keys, err := spelled(name, func(from, to string) ([]named, error) {
		rows, err := tx.QueryContext(ctx, t.between, from, to)
		return collect(rows, err, scanNamed)
	})
	if err == nil && len(keys) > 0 {
		err = store.ErrExists
	}
	return err
}

// micro returns a time as it will be read again.
func micro(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// SetPassword sets the encoded password of a user.
func (t *Users) SetPassword(ctx context.Context, id, encoded string) error {
	return t.change(ctx, t.setPassword, id, encoded)
}

// UpgradePassword sets the encoded password of a user if it is still old. The error is
// [store.ErrNotFound] otherwise. Package password calls it.
func (t *Users) UpgradePassword(ctx context.Context, id, old, encoded string) error {
	return t.change(ctx, t.upgradePassword, id, encoded, old)
}

// SetActive activates or deactivates a user. An inactive user is always refused.
func (t *Users) SetActive(ctx context.Context, id string, active bool) error {
	return t.change(ctx, t.setActive, id, active)
}

// RebindLogins binds the refresh families of a user to a new encoding of the same
// password.
func (t *Users) RebindLogins(ctx context.Context, id, old, encoded string) error {
	if t.db.families.family == nil {
		return nil // there are none
	}
	return t.db.families.RebindFamilies(ctx, id, store.Fingerprint(old), store.Fingerprint(encoded))
}

// SetLastLogin records a login.
func (t *Users) SetLastLogin(ctx context.Context, id string, at time.Time) error {
	return t.change(ctx, t.setLastLogin, id, formatTime(at))
}

// change runs an update of one column, value, of the user with this id.
func (t *Users) change(ctx context.Context, update *sql.Stmt, id string, value any, more ...any) error {
	key, err := t.key(id)
	if err != nil {
		return err
	}
	result, err := t.db.exec(ctx, update, append([]any{value, key}, more...)...)
	return changed(result, err, "user")
}

// dependents are the rows of Django and django-modern-rest that refer to a user. Django's models
// delete or change them in Python; the database itself only refuses to delete the user.
var dependents = []struct{ table, statement string }{
	{"auth_user_groups", `DELETE FROM main.auth_user_groups WHERE user_id = ?`},
	{"auth_user_user_permissions", `DELETE FROM main.auth_user_user_permissions WHERE user_id = ?`},
	{"django_admin_log", `DELETE FROM main.django_admin_log WHERE user_id = ?`},
	{tableAppToken, `DELETE FROM main.app_token WHERE user_id = ?`},
	{tableBlocklist, `UPDATE main.blocklist_blocklistedjwtoken SET user_id = NULL WHERE user_id = ?`},
}

// Delete removes a user and the rows of Django's own tables that refer to it. If rows of other
// tables refer to it, this is an error, and nothing is deleted. The sessions of the user
// remain, as in Django, but are not accepted any more.
func (t *Users) Delete(ctx context.Context, id string) error {
	key, err := t.key(id)
	if err != nil {
		return err
	}
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		for _, d := range dependents {
			var there bool
			err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM main.sqlite_master WHERE type = 'table' AND name = ?)`,
				d.table).Scan(&there)
			if err == nil && there {
				_, err = tx.ExecContext(ctx, d.statement, key)
			}
			if err != nil {
				return failed(err, d.table)
			}
		}
		for _, end := range t.ends {
			if _, err := run(ctx, tx, end, id); err != nil {
				return failed(err, "user")
			}
		}
		if t.unblock != nil {
			if _, err := run(ctx, tx, t.unblock, key); err != nil {
				return failed(err, "user")
			}
		}
		result, err := run(ctx, tx, t.del, key)
		return changed(result, err, "user")
	})
}

// List returns at most limit users in the order of their ids: those after the id after, or the
// first ones if it is empty.
func (t *Users) List(ctx context.Context, after string, limit int) ([]*store.User, error) {
	from, ok := t.db.column(after)
	switch {
	case ok:
	case after != "":
		return nil, fmt.Errorf("sqlite: List: %q is not a valid %v id", after, t.db.cfg.UserID)
	case t.db.cfg.UserID == store.Integer:
		from = int64(math.MinInt64)
	default:
		from = ""
	}
	return list(ctx, t.db, "users", t.list, readUser, from, int64(max(limit, 0)))
}

// Count returns how many users there are.
func (t *Users) Count(ctx context.Context) (int, error) { return t.db.counted(ctx, "users", t.count) }
