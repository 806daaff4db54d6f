-- The counts of limits. Times are nanoseconds since 1970: a smooth limit of many
-- requests needs them.
CREATE TABLE IF NOT EXISTS "rest_throttle" (
    "key" text NOT NULL PRIMARY KEY,
    "until" integer NOT NULL,
    "used" integer NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS "rest_throttle_until" ON "rest_throttle" ("until");
