"""A Django site on the SQLite file SITE_DATABASE, for the tests of package sqlite.

SITE_APPS: dmr adds the apps of django-modern-rest, uuid a user model with UUIDs.

SITE_HASHER: the path of a password hasher; the default one of Django.

It makes the tables, and then reads commands, one a line, whose words are separated by tabs,
and prints a line for each:

    createuser NAME PASSWORD      the id
    login NAME PASSWORD           the id and the key of a new session, or "refused"
    session KEY                   the id of the session's user, or "anonymous"
    password NAME                 the encoded password
"""
import os
import sys

import django
from django.conf import settings

apps = os.environ.get("SITE_APPS", "").split()
settings.configure(
    SECRET_KEY="a secret key of fifty characters, for tests alone!",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    INSTALLED_APPS=[
        "django.contrib.admin", "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions",
        "django.contrib.messages",
        *(["dmr", "dmr.security.jwt.blocklist", "dmr.security.token.app"] if "dmr" in apps else []),
        *(["people"] if "uuid" in apps else []),
    ],
    AUTH_USER_MODEL="people.Person" if "uuid" in apps else "auth.User",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    # argon2 is not installed, for example
    PASSWORD_HASHERS=[os.environ.get("SITE_HASHER", "django.contrib.auth.hashers.PBKDF2PasswordHasher")],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["SITE_DATABASE"]}},
)
django.setup()

from django.contrib.auth import authenticate, get_user, get_user_model, login  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpRequest  # noqa: E402


def request(key=None):
    r = HttpRequest()
    r.session = SessionStore(key)
    return r


def answer(command, *args):
    if command == "createuser":
        return get_user_model().objects.create_user(args[0], password=args[1]).pk
    if command == "login":
        user = authenticate(username=args[0], password=args[1])
        if user is None:
            return "refused"
        r = request()
        login(r, user)
        r.session.save()
        return f"{user.pk} {r.session.session_key}"
    if command == "session":
        return get_user(request(args[0])).pk or "anonymous"
    if command == "password":
        return get_user_model().objects.get(username=args[0]).password
    raise ValueError(command)


call_command("migrate", verbosity=0, run_syncdb=True)
print("ready", flush=True)
for line in sys.stdin:
    print(answer(*line.rstrip("\n").split("\t")), flush=True)
