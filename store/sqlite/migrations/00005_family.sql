-- Refresh families of JSON Web Tokens: a row for each login. Neither Django nor
-- django-modern-rest has such a table.
CREATE TABLE IF NOT EXISTS "rest_refresh_family" (
    "id" varchar(64) NOT NULL PRIMARY KEY,
    "user_id" text NOT NULL,
    "current_jti" varchar(255) NOT NULL,
    "previous_jti" varchar(255) NOT NULL,
    "created_at" datetime NOT NULL,
    "rotated_at" datetime NOT NULL,
    "expires_at" datetime NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS "rest_refresh_family_user_id" ON "rest_refresh_family" ("user_id");
CREATE INDEX IF NOT EXISTS "rest_refresh_family_expires_at" ON "rest_refresh_family" ("expires_at");
