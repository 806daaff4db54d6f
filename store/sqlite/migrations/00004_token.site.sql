-- The table of django-modern-rest's opaque tokens (dmr.security.token, in a Django
-- app of the label "app"), as Django 5.2 creates it.
CREATE TABLE IF NOT EXISTS "app_token" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" varchar(256) NOT NULL,
    "token_hash" varchar(256) NOT NULL UNIQUE,
    "expires_at" datetime NULL,
    "revoked_at" datetime NULL,
    "last_used_at" datetime NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "user_id" {id} NOT NULL
);
CREATE INDEX IF NOT EXISTS "app_token_user_id" ON "app_token" ("user_id");
