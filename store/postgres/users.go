package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

const ownUsers = "rest.users"

// userColumns are read in the order of userRow.targets. In a join they may all be NULL.
const userColumns = `COALESCE(u.id::text, ''), COALESCE(u.username, ''), COALESCE(u.email, ''), COALESCE(u.first_name, ''),
	COALESCE(u.last_name, ''), COALESCE(u.password, ''), COALESCE(u.is_active, false), COALESCE(u.is_staff, false),
	COALESCE(u.is_superuser, false), u.last_login, u.date_joined`

// Users is the table of users, an auth.Users. The principal is a *store.User, a new one each time.
type Users struct {
	db    *DB
	own   bool   // the table is rest.users
	table string // quoted

	byID, byUsername, bySpelling, first, after, count, create, advance string
	setPassword, upgradePassword, setActive, setLastLogin, del         string
}

func newUsers(db *DB) *Users {
	t := &Users{db: db, own: db.cfg.UserTable == ownUsers, table: identifier(db.cfg.UserTable)}
	sequence := `pg_get_serial_sequence('` + strings.ReplaceAll(t.table, `'`, `''`) + `', 'id')::regclass`
	words := strings.NewReplacer("{columns}", userColumns, "{users}", t.table, "{id}", typeOf(db.cfg.UserID))
	query := func(text string) string { return words.Replace(strings.ReplaceAll(text, "{sequence}", sequence)) }
	order := "u.id"
	if db.cfg.UserID == store.Text {
		order = `u.id COLLATE "C"`
	}
	spelling, more, moreValues := `lower(u.username) = lower($1)`, ``, ``
	if t.own {
		spelling, more, moreValues = `u.folded = $1`, `, folded`, `, $12`
	}
	id := `$11::{id}`
	if db.cfg.UserID == store.Integer {
		id = `COALESCE($11::{id}, nextval({sequence}))`
	}
	t.byID = query(`SELECT {columns} FROM {users} u WHERE u.id = $1::{id}`)
	t.byUsername = query(`SELECT {columns} FROM {users} u WHERE u.username = $1`)
	t.bySpelling = query(`SELECT {columns} FROM {users} u WHERE ` + spelling)
	t.first = query(`SELECT {columns} FROM {users} u ORDER BY ` + order + ` LIMIT $1`)
	t.after = query(`SELECT {columns} FROM {users} u WHERE ` + order + ` > $2::{id} ORDER BY ` + order + ` LIMIT $1`)
	t.count = query(`SELECT count(*) FROM {users}`)
	t.create = query(`INSERT INTO {users} (username, email, first_name, last_name, password, is_active, is_staff, is_superuser,
		last_login, date_joined, id` + more + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, ` + id + moreValues + `) RETURNING id::text`)
	t.advance = query(`SELECT setval({sequence}, $1::bigint) WHERE $1::bigint > nextval({sequence})`)
	t.setPassword = query(`UPDATE {users} SET password = $2 WHERE id = $1::{id}`)
	t.upgradePassword = query(`UPDATE {users} SET password = $2 WHERE id = $1::{id} AND password = $3`)
	t.setActive = query(`UPDATE {users} SET is_active = $2 WHERE id = $1::{id}`)
	t.setLastLogin = query(`UPDATE {users} SET last_login = $2 WHERE id = $1::{id}`)
	t.del = query(`WITH gone AS (DELETE FROM {users} WHERE id = $1::{id} RETURNING id),
		families AS (DELETE FROM rest.families WHERE user_id = $1::text AND EXISTS (SELECT FROM gone)),
		tokens AS (DELETE FROM rest.tokens WHERE user_id = $1::text AND EXISTS (SELECT FROM gone)),
		blocked AS (UPDATE rest.blocklist SET user_id = '' WHERE user_id = $1::text AND EXISTS (SELECT FROM gone))
		SELECT id::text FROM gone`)
	return t
}

// check reports a table that does not exist, or whose columns are not those of Config.
func (t *Users) check(ctx context.Context) error {
	var column string
	err := t.db.one(ctx, "table "+t.db.cfg.UserTable, `SELECT format_type(atttypid, NULL) FROM pg_attribute
		WHERE attrelid = $1::text::regclass AND attname = 'id' AND NOT attisdropped`, []any{t.table}, &column)
	if err != nil {
		return err
	}
	if !matches(t.db.cfg.UserID, column) {
		return fmt.Errorf("postgres: the column id of %s has the type %s, but Config.UserID is %v", t.db.cfg.UserTable, column, t.db.cfg.UserID)
	}
	_, err = t.db.exec(ctx, "table "+t.db.cfg.UserTable, `SELECT `+userColumns+` FROM `+t.table+` u LIMIT 0`)
	return err
}

// userRow is what a row of users is scanned into.
type userRow struct {
	user              store.User
	lastLogin, joined pgtype.Timestamptz
}

func (r *userRow) targets() []any {
	u := &r.user
	return []any{&u.ID, &u.Username, &u.Email, &u.FirstName, &u.LastName, &u.Password,
		&u.Active, &u.Staff, &u.Superuser, &r.lastLogin, &r.joined}
}

func (r *userRow) result() *store.User {
	r.user.LastLogin, r.user.DateJoined = timeOf(r.lastLogin), timeOf(r.joined)
	return &r.user
}

func scanUser(scan func(...any) error) (*store.User, error) {
	var row userRow
	if err := scan(row.targets()...); err != nil {
		return nil, err
	}
	return row.result(), nil
}

func accountOf(u *store.User) auth.Account {
	return auth.Account{ID: u.ID, Username: u.Username, Email: u.Email, Password: u.Password, Active: u.Active}
}

// Accounts returns the table itself, so that a type that embeds it has the same accounts, see
// [auth.AccountsOf].
func (t *Users) Accounts() any { return t }

// ByID finds a user by id. The error is [store.ErrNotFound] if there is none, and for an id that is
// not valid, see [store.IDType].
func (t *Users) ByID(ctx context.Context, id string) (*store.User, auth.Account, error) {
	if err := t.valid(id); err != nil {
		return nil, auth.Account{}, err
	}
	return t.one(ctx, t.byID, id)
}

func (t *Users) valid(id string) error {
	if !t.db.cfg.UserID.Valid(id) {
		return fmt.Errorf("postgres: user with id %q: %w", id, store.ErrNotFound)
	}
	return nil
}

func (t *Users) one(ctx context.Context, query, key string) (*store.User, auth.Account, error) {
	var row userRow
	if err := t.db.one(ctx, "user", query, []any{key}, row.targets()...); err != nil {
		return nil, auth.Account{}, err
	}
	user := row.result()
	return user, accountOf(user), nil
}

// ByUsername finds a user by name. [Config].IgnoreCase decides whether case matters; if several
// users then have the name, the error is [store.ErrNotFound], and a warning is logged.
func (t *Users) ByUsername(ctx context.Context, name string) (*store.User, auth.Account, error) {
	if !t.db.cfg.IgnoreCase {
		return t.one(ctx, t.byUsername, name)
	}
	users, err := list(ctx, t.db, "user", t.bySpelling, []any{store.FoldCase(name)}, scanUser)
	if err != nil {
		return nil, auth.Account{}, err
	}
	users = slices.DeleteFunc(users, func(u *store.User) bool { return !t.sameName(u.Username, name) })
	switch len(users) {
	case 0:
		return nil, auth.Account{}, failed(pgx.ErrNoRows, "user")
	case 1:
		return users[0], accountOf(users[0]), nil
	}
	t.db.cfg.Logger.WarnContext(ctx, "postgres: the names of several users differ only in case; none of them is found by it", "username", name)
	return nil, auth.Account{}, fmt.Errorf("postgres: several users are named %q: %w", name, store.ErrNotFound)
}

func (t *Users) sameName(a, b string) bool { return t.NameKey(a) == t.NameKey(b) }

// NameKey returns the same text for all spellings of a name with which ByUsername finds the same
// user, see [Config].IgnoreCase.
func (t *Users) NameKey(name string) string {
	if t.db.cfg.IgnoreCase {
		return store.FoldCase(name)
	}
	return name
}

// Create adds a user and returns it with its id. An empty ID means a new one, as [Config].UserID
// says, and a zero DateJoined means now. Email is stored as [store.NormalizeEmail] returns it. No
// other field is set: a user who shall log in needs Active. The error is [store.ErrExists] if the
// name or the id is taken.
func (t *Users) Create(ctx context.Context, u store.User) (*store.User, error) {
	what := fmt.Sprintf("user %q", u.Username)
	if u.DateJoined.IsZero() {
		u.DateJoined = time.Now()
	}
	u.DateJoined, u.LastLogin, u.Email = micro(u.DateJoined), micro(u.LastLogin), store.NormalizeEmail(u.Email)
	chosen := u.ID != ""
	if !chosen {
		u.ID = t.db.cfg.UserID.New()
	}
	if u.ID != "" && !t.db.cfg.UserID.Valid(u.ID) {
		return nil, fmt.Errorf("postgres: %s: %q is not a valid %v id", what, u.ID, t.db.cfg.UserID)
	}
	args := []any{u.Username, u.Email, u.FirstName, u.LastName, u.Password, u.Active, u.Staff, u.Superuser, at(u.LastLogin), at(u.DateJoined), nil}
	if u.ID != "" {
		args[10] = u.ID
	}
	if t.own {
		args = append(args, store.FoldCase(u.Username))
	}
	if !storable(args...) {
		return nil, failed(errText, what)
	}
	err := t.db.transact(ctx, what, func(ctx context.Context, tx pgx.Tx) error {
		if err := t.checkName(ctx, tx, u.Username); err != nil {
			return err
		}
		if chosen && t.db.cfg.UserID == store.Integer { // so that the sequence does not come to this id
			if _, err := tx.Exec(ctx, t.advance, u.ID); err != nil {
				return err
			}
		}
		return tx.QueryRow(ctx, t.create, args...).Scan(&u.ID)
	})
	if err != nil {
		return nil, err
	}
	return &u, nil
}

// checkName finds a name that is taken in another spelling: the table allows that. Until the
// transaction ends, other ones with a spelling of the name wait.
func (t *Users) checkName(ctx context.Context, tx pgx.Tx, name string) error {
	if !t.db.cfg.IgnoreCase {
		return nil
	}
	folded := store.FoldCase(name)
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('rest.users:' || $1::text, 0))`, folded); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, t.bySpelling, folded)
	if err != nil {
		return err
	}
	users, err := collect(rows, scanUser)
	if err == nil && slices.ContainsFunc(users, func(u *store.User) bool { return t.sameName(u.Username, name) }) {
		err = store.ErrExists
	}
	return err
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
func (t *Users) SetLastLogin(ctx context.Context, id string, when time.Time) error {
	return t.change(ctx, t.setLastLogin, id, at(when))
}

// change runs an update of the user with this id.
func (t *Users) change(ctx context.Context, update, id string, values ...any) error {
	if err := t.valid(id); err != nil {
		return err
	}
	return t.db.change(ctx, "user", update, append([]any{id}, values...)...)
}

// Delete removes a user, its API tokens and its refresh families. Its sessions remain, as in
// Django, but are not accepted any more. If rows of other tables refer to the user, this is
// an error, and nothing is deleted.
func (t *Users) Delete(ctx context.Context, id string) error {
	if err := t.valid(id); err != nil {
		return err
	}
	err := t.db.change(ctx, "user", t.del, id)
	if codeOf(err) == foreignKeyViolation {
		return fmt.Errorf("postgres: rows of other tables refer to the user %s: %w", id, err)
	}
	return err
}

// List returns at most limit users in the order of their ids: those after the id after, or the
// first ones if it is empty. The order of text is that of its bytes.
func (t *Users) List(ctx context.Context, after string, limit int) ([]*store.User, error) {
	args := []any{max(limit, 0)}
	if after == "" {
		return list(ctx, t.db, "users", t.first, args, scanUser)
	}
	if err := t.valid(after); err != nil {
		return nil, err
	}
	return list(ctx, t.db, "users", t.after, append(args, after), scanUser)
}

// Count returns how many users there are.
func (t *Users) Count(ctx context.Context) (n int, _ error) {
	return n, t.db.one(ctx, "users", t.count, nil, &n)
}
