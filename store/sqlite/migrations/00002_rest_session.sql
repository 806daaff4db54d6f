-- What django_session has no column for: whose session a row is, and when it
-- began and was last used. A session that Django made gets its row here when it
-- is first seen.
CREATE TABLE IF NOT EXISTS "rest_session" (
    "session_key" varchar(40) NOT NULL PRIMARY KEY,
    "user_id" text NOT NULL,
    "created" datetime NOT NULL,
    "seen" datetime NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS "rest_session_user_id" ON "rest_session" ("user_id");
