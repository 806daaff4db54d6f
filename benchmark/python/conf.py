"""What all peers in Python share: the credentials, and the data of the site that Go has made."""

import hmac
import json
import os

DIR = os.environ["BENCHMARK_DIR"]
DATABASE = os.path.join(DIR, "django.sqlite3")
with open(os.path.join(DIR, "credentials.json")) as file:
    CREDENTIALS = json.load(file)
SECRET = CREDENTIALS["secret"]
ISSUER = CREDENTIALS["issuer"]
AUDIENCE = CREDENTIALS["audience"]
TOKEN_SALT = CREDENTIALS["token_salt"]
REQUIRED_CLAIMS = ["exp", "iat", "nbf", "iss", "aud", "jti", "sub"]
UNAUTHENTICATED = {"detail": [{"msg": "Not authenticated", "type": "security"}]}
PASSWORDS = {CREDENTIALS["basic_user"]: CREDENTIALS["basic_password"]}
TOKEN_USER = (
    "SELECT u.* FROM app_token t JOIN auth_user u ON u.id = t.user_id WHERE t.token_hash = %s "
    "AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > datetime('now'))"
)


def password_ok(user, password):
    want = PASSWORDS.get(user)
    return hmac.compare_digest((want or "\0").encode(), password.encode()) and want is not None


class User:
    """A user of a token or of Basic, without a row."""

    is_active = is_authenticated = True

    def __init__(self, pk, username):
        self.pk = self.id = pk
        self.username = username
