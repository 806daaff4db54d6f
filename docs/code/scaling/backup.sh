#!/bin/sh -e
# backup.sh FOLDER copies the rows of PostgreSQL and Redis while they run.
pg_dump --format=custom --file="$1/notes.dump" "$DATABASE_URL"
redis-cli -u "$REDIS_URL" --rdb "$1/redis.rdb"
