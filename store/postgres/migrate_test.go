package postgres_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-modern-rest/rest/internal/servers"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
)

// refused checks that Open fails, and that its error has these words and no password.
func refused(t *testing.T, what, where string, cfg postgres.Config, words ...string) {
	t.Helper()
	db, err := postgres.Open(t.Context(), where, cfg)
	if err == nil {
		db.Close()
		t.Errorf("%s: got no error", what)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s: got %q, want it to mention %q", what, err, word)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: the error has the password: %s", what, err)
	}
}

func TestMigrationsOfSeveralProcesses(t *testing.T) {
	for _, pooled := range []bool{false, true} {
		t.Run(fmt.Sprintf("PgBouncer %t", pooled), func(t *testing.T) {
			owner := servers.Postgres(t).URL
			where := owner
			if pooled {
				where = with(t, servers.PgBouncer(t, owner).URL, "", "default_query_exec_mode", "exec")
			}
			var wg sync.WaitGroup
			for i := range 6 {
				wg.Go(func() {
					db, err := postgres.Open(t.Context(), where, postgres.Config{})
					if err != nil {
						t.Error(err)
						return
					}
					defer db.Close()
					if _, err := db.Users().Create(t.Context(), store.User{Username: fmt.Sprint("user", i)}); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got := servers.SQL(t, owner, `SELECT count(*) FROM rest.users`); got != "6" {
				t.Errorf("got %s users, want 6", got)
			}
			if got := servers.SQL(t, owner, `SELECT string_agg(version_id::text, ',' ORDER BY id) FROM rest.migrations`); got != "0,1" {
				t.Errorf("got the migrations %s, want 0,1", got)
			}
		})
	}
}

func TestManualMigrations(t *testing.T) {
	owner := servers.Postgres(t).URL
	manual := postgres.Config{ManualMigrations: true}
	refused(t, "no tables", owner, manual, "version 0", "version 1", "postgres.Migrate")
	if got := servers.SQL(t, owner, `SELECT count(*) FROM pg_namespace WHERE nspname = 'rest'`); got != "0" {
		t.Error("Open has made the schema")
	}
	migrate(t, owner, postgres.Config{})
	db := open(t, with(t, owner, "app"), manual)
	open(t, with(t, owner, "app"), postgres.Config{}) // nothing to migrate

	servers.SQL(t, owner, `INSERT INTO rest.migrations (version_id, is_applied) VALUES (2, true)`)
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("a program that runs while a newer one migrates: %v", err)
	}
	refused(t, "newer tables", owner, manual, "version 2", "version 1", "newer")
	refused(t, "newer tables", owner, postgres.Config{}, "version 2", "version 1", "newer")
	servers.SQL(t, owner, `DROP SCHEMA rest CASCADE`)
	if err := db.Ping(t.Context()); err == nil {
		t.Error("Ping without tables: got no error")
	}
}

func TestRoleThatMayNotMigrate(t *testing.T) {
	owner, app := migrated(t, postgres.Config{})
	servers.SQL(t, owner, `DROP SCHEMA rest CASCADE`)
	refused(t, "no schema", app, postgres.Config{}, "postgres.Migrate", "owns", "postgres.Grants")

	for _, statement := range []string{
		`UPDATE rest.migrations SET version_id = 7`,
		`CREATE TABLE rest.mine ()`,
		`DROP TABLE rest.users`,
		`TRUNCATE rest.sessions`,
	} {
		owner, app := migrated(t, postgres.Config{})
		db := open(t, app, postgres.Config{})
		if _, err := db.Pool().Exec(t.Context(), statement); err == nil {
			t.Errorf("the role can %s", statement)
		}
		servers.SQL(t, owner, `CREATE TABLE rest.later (id int)`) // as a later migration does
		if _, err := db.Pool().Exec(t.Context(), `INSERT INTO rest.later VALUES (1)`); err != nil {
			t.Errorf("a table of a later version: %v", err)
		}
	}
}

// TestOwnerWhoIsNoSuperuser: the right to create a schema is enough to migrate.
func TestOwnerWhoIsNoSuperuser(t *testing.T) {
	super := servers.Postgres(t).URL
	servers.SQL(t, super, `CREATE ROLE deployer LOGIN; GRANT CREATE ON DATABASE `+strings.Trim(pathOf(t, super), "/")+` TO deployer;
		DO $$ BEGIN CREATE ROLE app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
	owner := with(t, super, "deployer")
	if err := postgres.Migrate(t.Context(), owner, postgres.Config{}); err != nil {
		t.Fatal(err)
	}
	servers.SQL(t, owner, postgres.Grants("app"))
	servers.SQL(t, owner, `CREATE TABLE rest.later (id int)`)
	db := open(t, with(t, super, "app"), postgres.Config{})
	if _, err := db.Users().Create(t.Context(), store.User{Username: "alice"}); err != nil {
		t.Error(err)
	}
	if _, err := db.Pool().Exec(t.Context(), `INSERT INTO rest.later VALUES (1)`); err != nil {
		t.Errorf("a table of a later version: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	owner, app := migrated(t, postgres.Config{})
	servers.SQL(t, owner, `CREATE TABLE public.other (id bigint)`)
	servers.SQL(t, owner, postgres.Grants("app")+`GRANT SELECT ON public.other TO app`)
	host := strings.Split(strings.Split(owner, "@")[1], "/")[0]
	for _, c := range []struct {
		name, where string
		cfg         postgres.Config
		words       []string
	}{
		{"other ids", app, postgres.Config{UserID: store.UUID}, []string{"rest.users", "bigint", "UUID"}},
		{"a table without schema", app, postgres.Config{UserTable: "auth_user"}, []string{"auth_user", "public.auth_user"}},
		{"no such table", app, postgres.Config{UserTable: "public.auth_user"}, []string{"public.auth_user"}},
		{"a table with other columns", app, postgres.Config{UserTable: "public.other"}, []string{"public.other", "username"}},
		{"a negative time", app, postgres.Config{Timeout: -1}, []string{"Timeout"}},
		{"no such database", "postgres://postgres:secret@" + host + "/nowhere?sslmode=disable", postgres.Config{}, []string{"nowhere"}},
		{"nobody listens", "postgres://postgres:secret@127.0.0.1:1/site?sslmode=disable", postgres.Config{}, []string{"127.0.0.1"}},
		{"a wrong scheme", "mysql://postgres:secret@" + host + "/site", postgres.Config{}, []string{"malformed"}},
		{"a bad setting", "postgres://postgres:secret@" + host + "/site?pool_max_conns=many", postgres.Config{}, []string{"malformed", "pool_max_conns"}},
		{"a password with a slash", "postgres://postgres:/secret@" + host + "/site", postgres.Config{}, []string{"malformed"}},
		{"a password with a percent sign", "postgres://postgres:secret%zz@" + host + "/site", postgres.Config{}, []string{"malformed"}},
		{"pairs", "host=127.0.0.1 port=many password=secret", postgres.Config{}, []string{"malformed"}},
		{"a setting like the password", "postgres://u:secret@" + host + "/site?pool_max_conns=secret", postgres.Config{}, []string{"malformed"}},
		{"a password in the query", "postgres://u:x@" + host + "/site?password=secret&pool_max_conns=secret", postgres.Config{}, []string{"malformed"}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, c.name, c.where, c.cfg, c.words...) })
	}
}
