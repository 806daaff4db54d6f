-- The table of django-modern-rest's blocklist (dmr.security.jwt.blocklist), as
-- Django 5.2 creates it.
CREATE TABLE IF NOT EXISTS "blocklist_blocklistedjwtoken" (
    "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
    "jti" varchar(255) NOT NULL UNIQUE,
    "expires_at" datetime NOT NULL,
    "created_at" datetime NOT NULL,
    "updated_at" datetime NOT NULL,
    "user_id" {id} NULL
);
CREATE INDEX IF NOT EXISTS "blocklist_blocklistedjwtoken_user_id" ON "blocklist_blocklistedjwtoken" ("user_id");
CREATE INDEX IF NOT EXISTS "rest_blocklist_expires_at" ON "blocklist_blocklistedjwtoken" ("expires_at");
