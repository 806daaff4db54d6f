package postgres_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/store"
	"github.com/go-modern-rest/rest/store/postgres"
)

// Open connects to the database whose URL the environment has.
func ExampleOpen() {
	ctx := context.Background()
	db, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), postgres.Config{UserID: store.UUID})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	running, stop := context.WithCancel(ctx)
	defer stop()
	go db.Run(running) // writes the last uses of sessions and removes expired rows

	session := sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: []byte(os.Getenv("SECRET"))})
	fmt.Println(session)
}

// Migrate runs when a new version is deployed, as the role that owns the tables. The program itself
// runs as the role app, with few rights.
func ExampleMigrate() {
	ctx := context.Background()
	if err := postgres.Migrate(ctx, os.Getenv("OWNER_URL"), postgres.Config{}); err != nil {
		log.Fatal(err)
	}
	db, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), postgres.Config{ManualMigrations: true})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}

func ExampleGrants() {
	fmt.Print(postgres.Grants("app"))
	// Output:
	// GRANT USAGE ON SCHEMA rest TO "app";
	// GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rest TO "app";
	// GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA rest TO "app";
	// REVOKE INSERT, UPDATE, DELETE ON rest.migrations FROM "app";
	// REVOKE ALL ON SEQUENCE rest.migrations_id_seq FROM "app";
	// ALTER DEFAULT PRIVILEGES IN SCHEMA rest GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "app";
	// ALTER DEFAULT PRIVILEGES IN SCHEMA rest GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO "app";
}

// Users of the own table, or of a Django site's.
func ExampleConfig() {
	site := postgres.Config{
		UserTable:  "public.accounts_user",
		UserID:     store.UUID,
		IgnoreCase: true,
	}
	fmt.Println(site.UserTable, site.UserID)
	// Output: public.accounts_user UUID
}
