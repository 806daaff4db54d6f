PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE rest_schema (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
INSERT INTO rest_schema VALUES(1,0,1,'2026-11-27 04:45:23');
INSERT INTO rest_schema VALUES(2,1,1,'2026-11-27 04:45:23');
INSERT INTO rest_schema VALUES(3,2,1,'2026-11-27 04:45:23');
INSERT INTO rest_schema VALUES(4,3,1,'2026-11-27 04:45:23');
INSERT INTO rest_schema VALUES(5,4,1,'2026-11-27 04:45:23');
INSERT INTO rest_schema VALUES(6,5,1,'2026-11-27 04:45:23');
INSERT INTO rest_schema VALUES(7,6,1,'2026-11-27 04:45:23');
INSERT INTO rest_schema VALUES(8,7,1,'2026-11-27 04:45:23');
CREATE TABLE IF NOT EXISTS "auth_user" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "password" varchar(128) NOT NULL,
    "last_login" datetime NULL,
    "is_superuser" bool NOT NULL,
    "username" varchar(150) NOT NULL UNIQUE,
    "last_name" varchar(150) NOT NULL,
    "email" varchar(254) NOT NULL,
    "is_staff" bool NOT NULL,
    "is_active" bool NOT NULL,
    "date_joined" datetime NOT NULL,
    "first_name" varchar(150) NOT NULL
);
INSERT INTO auth_user VALUES(1,'',NULL,0,'alice','','',0,1,'2026-01-02 03:04:05','');
CREATE TABLE IF NOT EXISTS "django_session" (
    "session_key" varchar(40) NOT NULL PRIMARY KEY,
    "session_data" text NOT NULL,
    "expire_date" datetime NOT NULL
);
CREATE TABLE IF NOT EXISTS "rest_session" (
    "session_key" varchar(40) NOT NULL PRIMARY KEY,
    "user_id" text NOT NULL,
    "created" datetime NOT NULL,
    "seen" datetime NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS "blocklist_blocklistedjwtoken" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "jti" varchar(255) NOT NULL UNIQUE,
    "expires_at" datetime NOT NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "user_id" integer NULL
);
CREATE TABLE IF NOT EXISTS "app_token" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" varchar(256) NOT NULL,
    "token_hash" varchar(256) NOT NULL UNIQUE,
    "expires_at" datetime NULL,
    "revoked_at" datetime NULL,
    "last_used_at" datetime NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "user_id" integer NOT NULL
);
CREATE TABLE IF NOT EXISTS "rest_refresh_family" (
    "id" varchar(64) NOT NULL PRIMARY KEY,
    "user_id" text NOT NULL,
    "current_jti" varchar(255) NOT NULL,
    "previous_jti" varchar(255) NOT NULL,
    "created_at" datetime NOT NULL,
    "rotated_at" datetime NOT NULL,
    "expires_at" datetime NOT NULL
, "bound" varchar(64) NOT NULL DEFAULT '') WITHOUT ROWID;
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date");
CREATE INDEX "rest_session_user_id" ON "rest_session" ("user_id");
CREATE TRIGGER "rest_session_ended" AFTER DELETE ON "django_session"
BEGIN
    DELETE FROM "rest_session" WHERE "session_key" = OLD."session_key";
END;
CREATE INDEX "blocklist_blocklistedjwtoken_user_id" ON "blocklist_blocklistedjwtoken" ("user_id");
CREATE INDEX "rest_blocklist_expires_at" ON "blocklist_blocklistedjwtoken" ("expires_at");
CREATE INDEX "app_token_user_id" ON "app_token" ("user_id");
CREATE INDEX "rest_refresh_family_user_id" ON "rest_refresh_family" ("user_id");
CREATE INDEX "rest_refresh_family_expires_at" ON "rest_refresh_family" ("expires_at");
CREATE INDEX "rest_app_token_expires_at" ON "app_token" ("expires_at");
COMMIT;
