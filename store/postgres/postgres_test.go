package postgres_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/memory"
	"github.com/go-modern-rest/rest/store/postgres"
	"github.com/go-modern-rest/rest/store/storetest"
	"github.com/go-modern-rest/rest/throttle"
)

// with returns a connection string with another user and more parameters.
func with(t testing.TB, where, user string, parameters ...string) string {
	t.Helper()
	parsed, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	if user != "" {
		parsed.User = url.UserPassword(user, "secret")
	}
	query := parsed.Query()
	for i := 0; i+1 < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	parsed.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // libpq knows no plus sign
	return parsed.String()
}

// migrated returns a new database with the tables: the connection string of its owner, and that of
// a role that has the rights of postgres.Grants and no others.
func migrated(t testing.TB, cfg postgres.Config) (owner, app string) {
	t.Helper()
	owner = servers.Postgres(t).URL
	migrate(t, owner, cfg)
	return owner, with(t, owner, "app")
}

func migrate(t testing.TB, owner string, cfg postgres.Config) {
	t.Helper()
	if err := postgres.Migrate(t.Context(), owner, cfg); err != nil {
		t.Fatal(err)
	}
	servers.SQL(t, owner, `DO $$ BEGIN CREATE ROLE app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
	servers.SQL(t, owner, postgres.Grants("app"))
}

func open(t testing.TB, where string, cfg postgres.Config) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(t.Context(), where, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// opener opens a database, and returns a function that empties its tables and returns it.
func opener(t *testing.T, owner, app string, cfg postgres.Config) func(testing.TB) *postgres.DB {
	t.Helper()
	db := open(t, app, cfg)
	cleaner, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cleaner.Close(context.Background()) })
	empty := ""
	for _, table := range []string{"rest.users", "rest.sessions", "rest.tokens", "rest.families", "rest.blocklist", "rest.throttle", cfg.UserTable} {
		if table != "" {
			empty += "DELETE FROM " + table + ";" // quicker than TRUNCATE of small tables
		}
	}
	return func(t testing.TB) *postgres.DB {
		t.Helper()
		if err := db.Flush(t.Context()); err != nil { // what the test before this one has left
			t.Fatal(err)
		}
		if _, err := cleaner.Exec(t.Context(), empty); err != nil {
			t.Fatal(err)
		}
		return db
	}
}

// everywhere runs a test with each type of ids, and in different surroundings, each time as a role
// with few rights.
func everywhere(t *testing.T, test func(t *testing.T, open func(testing.TB) *postgres.DB)) {
	for _, c := range []struct {
		name   string
		cfg    postgres.Config
		around func(t *testing.T, owner, app string) string
	}{
		{"integer", postgres.Config{}, nil},
		{"UUID", postgres.Config{UserID: store.UUID}, nil},
		{"text", postgres.Config{UserID: store.Text}, nil},
		{"text and exec", postgres.Config{UserID: store.Text}, func(t *testing.T, _, app string) string {
			return with(t, app, "", "default_query_exec_mode", "exec")
		}},
		{"PgBouncer", postgres.Config{}, func(t *testing.T, _, app string) string {
			return with(t, servers.PgBouncer(t, app).URL, "", "default_query_exec_mode", "exec")
		}},
		{"PgBouncer and cache_describe", postgres.Config{UserID: store.UUID}, func(t *testing.T, _, app string) string {
			return with(t, servers.PgBouncer(t, app).URL, "", "default_query_exec_mode", "cache_describe")
		}},
		{"another time zone and style of dates", postgres.Config{}, func(t *testing.T, owner, app string) string {
			servers.SQL(t, owner, `ALTER ROLE app IN DATABASE `+strings.Trim(pathOf(t, owner), "/")+` SET timezone = 'America/St_Johns'`)
			servers.SQL(t, owner, `ALTER ROLE app IN DATABASE `+strings.Trim(pathOf(t, owner), "/")+` SET datestyle = 'German'`)
			return with(t, app, "", "default_query_exec_mode", "exec")
		}},
		{"serializable", postgres.Config{}, func(t *testing.T, _, app string) string {
			return with(t, app, "", "default_transaction_isolation", "serializable")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			owner, app := migrated(t, c.cfg)
			if c.around != nil {
				app = c.around(t, owner, app)
			}
			test(t, opener(t, owner, app, c.cfg))
		})
	}
}

func pathOf(t testing.TB, where string) string {
	t.Helper()
	parsed, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Path
}

func TestContract(t *testing.T) {
	everywhere(t, func(t *testing.T, open func(testing.TB) *postgres.DB) {
		t.Run("users", func(t *testing.T) {
			storetest.Users(t, func(t *testing.T) storetest.UserStore { return open(t).Users() })
		})
		t.Run("sessions", func(t *testing.T) {
			storetest.Sessions(t, func(t *testing.T) sessionauth.Store { return open(t).Sessions() })
		})
		t.Run("blocklist", func(t *testing.T) {
			storetest.Blocklist(t, func(t *testing.T) (jwtauth.Blocklist, storetest.UserStore) {
				db := open(t)
				return db.Blocklist(), db.Users()
			})
		})
		t.Run("tokens", func(t *testing.T) {
			storetest.Tokens(t, func(t *testing.T) (tokenauth.Store, storetest.UserStore) {
				db := open(t)
				return db.Tokens(), db.Users()
			})
		})
		t.Run("families", func(t *testing.T) {
			storetest.Families(t, func(t *testing.T) (jwtauth.Families, storetest.UserStore) {
				db := open(t)
				return db.Families(), db.Users()
			})
		})
		t.Run("throttle", func(t *testing.T) {
			storetest.Throttle(t, func(t *testing.T) throttle.Store { return open(t).Throttle() })
		})
		t.Run("sweep", func(t *testing.T) {
			storetest.Sweep(t, func(t *testing.T) storetest.Tables { return tables(open(t)) })
		})
		t.Run("joined", func(t *testing.T) {
			storetest.Joined(t, memory.New().Users(), func(t *testing.T) storetest.Tables { return tables(open(t)) })
		})
	})
}

func TestForeignUsers(t *testing.T) {
	owner, app := migrated(t, postgres.Config{})
	open := opener(t, owner, app, postgres.Config{})
	storetest.ForeignUsers(t, func(t *testing.T) storetest.Tables { return tables(open(t)) })
}

func tables(db *postgres.DB) storetest.Tables {
	return storetest.Tables{Users: db.Users(), Sessions: db.Sessions(), Blocklist: db.Blocklist(), Families: db.Families(), Tokens: db.Tokens(), Sweep: db.Sweep}
}

func TestUsersIgnoringCase(t *testing.T) {
	cfg := postgres.Config{IgnoreCase: true}
	owner, app := migrated(t, cfg)
	open := opener(t, owner, app, cfg)
	storetest.UsersIgnoringCase(t, func(t *testing.T) storetest.UserStore { return open(t).Users() })
}
