package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

// userColumns are read in the order of userRow.targets. Times are expressions, because the driver
// would parse a column that is declared datetime.
const userColumns = `u.id, u.username, u.email, u.first_name, u.last_name, u.password,
	u.is_active, u.is_staff, u.is_superuser, COALESCE(u.last_login, ''), u.date_joined || ''`

// Users is the table of users, an auth.Users. The principal is a *store.User, a new one each time.
type Users struct {
	db    *DB
	cfg   Config
	table string // quoted

	byID, byUsername, between, list, count                             *sql.Stmt
	create, setPassword, upgradePassword, setActive, setLastLogin, del *sql.Stmt
}

func newUsers(db *DB, p *preparer, cfg Config) *Users {
	return &Users{
		db:         db,
		cfg:        cfg,
		table:      p.users,
		byID:       p.read(`SELECT ` + userColumns + ` FROM {users} u WHERE u.id = ?`),
		byUsername: p.read(`SELECT ` + userColumns + ` FROM {users} u WHERE u.username = ?`),
		between:    p.read(selectBetween),
		list:       p.read(`SELECT ` + userColumns + ` FROM {users} u WHERE u.id > ? ORDER BY u.id LIMIT ?`),
		count:      p.read(`SELECT COUNT(*) FROM {users}`),
		create: p.write(`INSERT INTO {users} (id, username, email, first_name, last_name, password,
			is_active, is_staff, is_superuser, last_login, date_joined) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
		setPassword:     p.write(`UPDATE {users} SET password = ? WHERE id = ?`),
		upgradePassword: p.write(`UPDATE {users} SET password = ? WHERE id = ? AND password = ?`),
		setActive:       p.write(`UPDATE {users} SET is_active = ? WHERE id = ?`),
		setLastLogin:    p.write(`UPDATE {users} SET last_login = ? WHERE id = ?`),
		del:             p.write(`DELETE FROM {users} WHERE id = ?`),
	}
}

// parseID returns the number that an id in a session or token is in the table.
func parseID(id string) (int64, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	return n, err == nil && strconv.FormatInt(n, 10) == id
}

// integerID scans an integer into an id.
type integerID string

func (id *integerID) Scan(value any) error {
	n, ok := value.(int64)
	if !ok {
		return fmt.Errorf("sqlite: the id of a user is a %T, want an integer", value)
	}
	*id = integerID(strconv.FormatInt(n, 10))
	return nil
}

// userRow is what a row of users is scanned into.
type userRow struct {
	user              store.User
	lastLogin, joined string
}

func (r *userRow) targets() []any {
	u := &r.user
	return []any{(*integerID)(&u.ID), &u.Username, &u.Email, &u.FirstName, &u.LastName, &u.Password,
		&u.Active, &u.Staff, &u.Superuser, &r.lastLogin, &r.joined}
}

func (r *userRow) result() (*store.User, error) {
	var errLogin, errJoined error
	r.user.LastLogin, errLogin = parseTime(r.lastLogin)
	r.user.DateJoined, errJoined = parseTime(r.joined)
	if err := errors.Join(errLogin, errJoined); err != nil {
		return nil, err
	}
	return &r.user, nil
}

func accountOf(u *store.User) auth.Account {
	return auth.Account{ID: u.ID, Username: u.Username, Email: u.Email, Password: u.Password, Active: u.Active}
}

// Accounts returns the table itself, so that a type that embeds it has the same accounts, see
// [auth.AccountsOf].
func (t *Users) Accounts() any { return t }

// ByID finds a user by id. The error is [store.ErrNotFound] if there is none.
func (t *Users) ByID(ctx context.Context, id string) (*store.User, auth.Account, error) {
	n, ok := parseID(id)
	if !ok {
		return nil, auth.Account{}, fmt.Errorf("sqlite: user with id %q: %w", id, store.ErrNotFound)
	}
	return t.one(ctx, t.byID, n)
}

// ByUsername finds a user by name. [Config].IgnoreCase decides whether case matters; if several
// users then have the name, the error is [store.ErrNotFound], and a warning is logged.
func (t *Users) ByUsername(ctx context.Context, name string) (*store.User, auth.Account, error) {
	if !t.cfg.IgnoreCase {
		return t.one(ctx, t.byUsername, name)
	}
	ids, err := spelled(name, func(from, to string) (*sql.Rows, error) { return t.between.QueryContext(ctx, from, to) })
	switch {
	case err != nil:
		return nil, auth.Account{}, err
	case len(ids) > 1:
		cmp.Or(t.cfg.Logger, slog.Default()).WarnContext(ctx, "sqlite: the names of several users differ only in case; none of them is found by it", "username", name)
		return nil, auth.Account{}, fmt.Errorf("sqlite: several users are named %q: %w", name, store.ErrNotFound)
	case len(ids) == 0:
		return nil, auth.Account{}, failed(sql.ErrNoRows, "user")
	}
	return t.one(ctx, t.byID, ids[0])
}

// NameKey returns the same text for all spellings of a name with which ByUsername finds the same
// user, see [Config].IgnoreCase.
func (t *Users) NameKey(name string) string {
	if t.cfg.IgnoreCase {
		return store.FoldCase(name)
	}
	return name
}

func (t *Users) one(ctx context.Context, query *sql.Stmt, key any) (*store.User, auth.Account, error) {
	ctx, err := detach(ctx)
	if err != nil {
		return nil, auth.Account{}, err
	}
	var row userRow
	if err := query.QueryRowContext(ctx, key).Scan(row.targets()...); err != nil {
		return nil, auth.Account{}, failed(err, "user")
	}
	user, err := row.result()
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
	var id any // NULL: the next one
	if u.ID != "" {
		n, ok := parseID(u.ID)
		if !ok {
			return nil, fmt.Errorf("sqlite: user %q: %q is not a valid %v id", u.Username, u.ID, store.Integer)
		}
		id = n
	}
	err := t.db.Write(ctx, func(tx *sql.Tx) error {
		if err := t.checkName(ctx, tx, u.Username); err != nil {
			return err
		}
		result, err := run(ctx, tx, t.create, id, u.Username, u.Email, u.FirstName, u.LastName, u.Password,
			u.Active, u.Staff, u.Superuser, formatTime(u.LastLogin), formatTime(u.DateJoined))
		if err == nil {
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
	if !t.cfg.IgnoreCase {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	ids, err := spelled(name, func(from, to string) (*sql.Rows, error) {
		return tx.QueryContext(ctx, strings.ReplaceAll(selectBetween, "{users}", t.table), from, to)
	})
	if err == nil && len(ids) > 0 {
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
	return t.db.families.RebindFamilies(ctx, id, store.Fingerprint(old), store.Fingerprint(encoded))
}

// SetLastLogin records a login.
func (t *Users) SetLastLogin(ctx context.Context, id string, at time.Time) error {
	return t.change(ctx, t.setLastLogin, id, formatTime(at))
}

// change runs an update of one column, value, of the user with this id.
func (t *Users) change(ctx context.Context, update *sql.Stmt, id string, value any, more ...any) error {
	n, ok := parseID(id)
	if !ok {
		return fmt.Errorf("sqlite: user with id %q: %w", id, store.ErrNotFound)
	}
	result, err := t.db.exec(ctx, update, append([]any{value, n}, more...)...)
	return changed(result, err, "user")
}

// dependents are the rows of Django and django-modern-rest that refer to a user. Django's models
// delete or change them in Python; the database itself only refuses to delete the user.
var dependents = []struct{ table, statement string }{
	{"auth_user_groups", `DELETE FROM auth_user_groups WHERE user_id = ?`},
	{"auth_user_user_permissions", `DELETE FROM auth_user_user_permissions WHERE user_id = ?`},
	{"django_admin_log", `DELETE FROM django_admin_log WHERE user_id = ?`},
	{"rest_refresh_family", `DELETE FROM rest_refresh_family WHERE user_id = ?`},
	{"app_token", `DELETE FROM app_token WHERE user_id = ?`},
	{"blocklist_blocklistedjwtoken", `UPDATE blocklist_blocklistedjwtoken SET user_id = NULL WHERE user_id = ?`},
}

// Delete removes a user and the rows of Django's own tables that refer to it. If rows of other
// tables refer to it, this is an error, and nothing is deleted. The sessions of the user
// remain, as in Django, but are not accepted any more.
func (t *Users) Delete(ctx context.Context, id string) error {
	n, ok := parseID(id)
	if !ok {
		return fmt.Errorf("sqlite: user with id %q: %w", id, store.ErrNotFound)
	}
	return t.db.Write(ctx, func(tx *sql.Tx) error {
		for _, d := range dependents {
			var there bool
			err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?)`,
				d.table).Scan(&there)
			if err == nil && there {
				_, err = tx.ExecContext(ctx, d.statement, n)
			}
			if err != nil {
				return failed(err, d.table)
			}
		}
		result, err := run(ctx, tx, t.del, n)
		return changed(result, err, "user")
	})
}

// List returns at most limit users in the order of their ids: those after the id after, or the
// first ones if it is empty.
func (t *Users) List(ctx context.Context, after string, limit int) ([]*store.User, error) {
	first := int64(math.MinInt64)
	if after != "" {
		n, ok := parseID(after)
		if !ok {
			return nil, fmt.Errorf("sqlite: List: %q is not a valid %v id", after, store.Integer)
		}
		first = n
	}
	rows, err := t.list.QueryContext(ctx, first, max(limit, 0))
	return collect(rows, err, scanUser)
}

func scanUser(rows *sql.Rows) (*store.User, error) {
	var row userRow
	if err := rows.Scan(row.targets()...); err != nil {
		return nil, failed(err, "users")
	}
	return row.result()
}

// Count returns how many users there are.
func (t *Users) Count(ctx context.Context) (int, error) {
	var n int
	if err := t.count.QueryRowContext(ctx).Scan(&n); err != nil {
		return 0, failed(err, "users")
	}
	return n, nil
}
