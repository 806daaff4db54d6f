#!/bin/sh -e
# restore.sh FOLDER puts the rows of backup.sh into an empty PostgreSQL.
pg_restore --dbname="$DATABASE_URL" --exit-on-error "$1/notes.dump"
