-- API tokens of users who are not in the table of users of this file, and whose ids are
-- any text: app_token takes integers alone, and a Django site checks them. The ids begin
-- where those of app_token will not come to.
CREATE TABLE IF NOT EXISTS "rest_token" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "user_id" text NOT NULL,
    "name" text NOT NULL,
    "token_hash" text NOT NULL UNIQUE,
    "expires_at" datetime NULL,
    "revoked_at" datetime NULL,
    "last_used_at" datetime NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL
);
INSERT INTO sqlite_sequence (name, seq) SELECT 'rest_token', 1099511627776
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'rest_token');
CREATE INDEX IF NOT EXISTS "rest_token_user_id" ON "rest_token" ("user_id");
CREATE INDEX IF NOT EXISTS "rest_token_expires_at" ON "rest_token" ("expires_at");
