-- A sweep finds expired tokens by it.
CREATE INDEX IF NOT EXISTS "rest_app_token_expires_at" ON "app_token" ("expires_at");
