-- The fingerprint of the password that a login was begun with. Empty: the login is
-- older than this column, or its users have no passwords here.
ALTER TABLE "rest_refresh_family" ADD COLUMN "bound" varchar(64) NOT NULL DEFAULT '';
