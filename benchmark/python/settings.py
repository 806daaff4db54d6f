"""Settings of the three peers on Django. PEER says which one."""

import logging
import os

import conf

PEER = os.environ["PEER"]
SECRET_KEY = conf.SECRET
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "urls_" + PEER
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    *{
        "dmr": ["dmr", "dmr.security.token.app"],
        "drf": ["rest_framework"],
        "ninja": ["ninja_extra", "ninja_jwt"],
    }[PEER],
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": conf.DATABASE,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8000;"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
LOGGING_CONFIG = None
for name in ("django.request", "django.security"):
    logging.getLogger(name).setLevel(logging.CRITICAL)

DMR_SETTINGS = {"validate_responses": False}
NINJA_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": conf.SECRET,
    "AUDIENCE": conf.AUDIENCE,
    "ISSUER": conf.ISSUER,
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "sub",
    "TOKEN_TYPE_CLAIM": "type",
    "JTI_CLAIM": "jti",
}
SIMPLE_JWT = {**NINJA_JWT, "AUTH_HEADER_TYPES": ("Bearer",), "CHECK_REVOKE_TOKEN": False}
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "EXCEPTION_HANDLER": "urls_drf.handle",
}
