"""Lets Schemathesis log in, with the kind of credential that CREDENTIAL names; "anonymous" is none.

BASE is the address of the example, or of the conformance app where APP is "conformance".
"""

import atexit
import itertools
import os
import re
import sys

import requests
import schemathesis
import urllib3.util.connection

BASE = os.environ["BASE"]
KIND = os.environ["CREDENTIAL"]
EXAMPLE = "correct horse battery staple"  # the password in the examples of the document
CONFORMANCE = os.environ.get("APP") == "conformance"
if CONFORMANCE:
    LOGINS = {"session": "/session/login/", "jwt": "/jwt/obtain/", "token": "/token/obtain/"}
    BASIC = ("admin", "pass")
    PROTECTED = {"session": "/session/me/", "jwt": "/jwt/me/", "token": "/token/me/", "basic": "/basic/default/"}
else:
    LOGINS = {"session": "/api/session/login/", "jwt": "/api/jwt/obtain/", "token": "/api/tokens/obtain/"}
    BASIC = ("prometheus", "metrics-pass")
    PROTECTED = dict.fromkeys(LOGINS, "/api/notes/") | {"basic": "/api/metrics/"}

# Operations that end the login of their caller.
ENDS = re.compile(r"/logout|/revoke/|/password/|/tokens/list/\{id\}/")

# The API limits logins by address. Each connection has an address of its own, so that Schemathesis sees
# more than 429. Only Linux has all of 127.0.0.0/8 without being told.
addresses = (f"127.1.{high}.{low}" for high, low in itertools.cycle(itertools.product(range(256), range(1, 255))))
connect = urllib3.util.connection.create_connection


def connect_from_next_address(address, *args, **kwargs):
    if sys.platform == "linux":
        kwargs["source_address"] = (next(addresses), 0)
    return connect(address, *args, **kwargs)


urllib3.util.connection.create_connection = connect_from_next_address


def post(path, body):
    reply = requests.post(BASE + path, json=body, timeout=30)
    if not reply.ok:
        raise RuntimeError(f"{path}: got {reply.status_code} {reply.text}")
    return reply


numbers = itertools.count()


def new_user():
    """Returns the user name and password of a user whose logins may end."""
    if CONFORMANCE:
        return {"username": "carol", "password": "carol-pass"}
    user = {"username": f"{KIND}{next(numbers)}", "password": EXAMPLE}
    post("/api/sign-up/", user)
    return user


def log_in(kind, user):
    """Returns the headers and cookies of a new login."""
    if kind == "basic":
        return {"Authorization": requests.auth._basic_auth_str(*BASIC)}, {}
    reply = post(LOGINS[kind], user)
    if kind == "session":
        cookies = reply.cookies.get_dict()
        return {"X-CSRFToken": cookies["csrftoken"]}, cookies
    if kind == "jwt":
        return {"Authorization": "Bearer " + reply.json()["access_token"]}, {}
    return {"X-API-Token": reply.json()["token"]}, {}


USER = {"username": "alice", "password": "alice-pass"} if CONFORMANCE else new_user()

if KIND != "anonymous":

    @schemathesis.auth(refresh_interval=None)
    class Login:
        kept = log_in(KIND, USER)

        def get(self, case, context):
            if not case.operation.definition.raw.get("security"):
                return {}, {}  # a login would end the one before
            if KIND != "basic" and ENDS.search(case.operation.path):
                return log_in(KIND, new_user())
            return self.kept

        def set(self, case, data, context):
            headers, cookies = data
            case.headers = {**(case.headers or {}), **headers}
            case.cookies = {**(case.cookies or {}), **cookies}

    @atexit.register
    def check_that_the_login_lived():
        headers, cookies = Login.kept
        reply = requests.get(BASE + PROTECTED[KIND], headers=headers, cookies=cookies, timeout=30)
        if not reply.ok:
            print(f"the login of the run ended within it: {PROTECTED[KIND]}: got {reply.status_code} {reply.text}", flush=True)
            os._exit(1)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Makes the examples of the document true: a user, and the tokens of a login."""
    body = case.body
    if not isinstance(body, dict):
        return
    if body.get("username") == "alice" and body.get("password") == EXAMPLE and "sign-up" not in case.operation.path:
        body.update(USER)
    for name in ("access_token", "refresh_token"):
        if str(body.get(name)).endswith(".signature"):
            body[name] = post(LOGINS["jwt"], new_user()).json()[name]
