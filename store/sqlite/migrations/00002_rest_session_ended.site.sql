-- A trigger and no foreign key: it works whoever deletes the session, and leaves
-- nothing that Django's check of all foreign keys (after each of its own
-- migrations) could object to.
CREATE TRIGGER IF NOT EXISTS "rest_session_ended" AFTER DELETE ON "django_session"
BEGIN
    DELETE FROM "rest_session" WHERE "session_key" = OLD."session_key";
END;
