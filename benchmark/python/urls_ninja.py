"""django-ninja with django-ninja-jwt."""

from typing import Annotated, Literal

from django.contrib.auth.models import User as Row
from django.urls import path
from django.utils.crypto import salted_hmac
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError
from ninja.security import APIKeyHeader, HttpBasicAuth, HttpBearer, SessionAuth
from ninja_jwt.authentication import JWTAuth, JWTStatelessUserAuthentication
from ninja_jwt.exceptions import AuthenticationFailed, InvalidToken
from pydantic import Field

import conf

api = NinjaAPI(docs_url=None, openapi_url=None)


@api.exception_handler(AuthenticationError)
@api.exception_handler(AuthenticationFailed)
@api.exception_handler(InvalidToken)
def unauthenticated(request, exception):
    return api.create_response(request, conf.UNAUTHENTICATED, status=401)


class User(Schema):
    id: int
    username: str


class Item(Schema):
    sku: str = Field(min_length=1, max_length=32)
    name: str = Field(min_length=1, max_length=64)
    qty: int = Field(ge=1, le=1000)
    price: float = Field(ge=0)


class Order(Schema):
    order_id: str = Field(min_length=1, max_length=32)
    customer_email: str = Field(max_length=254, pattern="@")
    status: Literal["new", "paid", "shipped"]
    currency: str = Field(min_length=3, max_length=3)
    priority: int = Field(ge=0, le=10)
    total: float = Field(ge=0)
    paid: bool
    note: str = Field(max_length=200)
    created_at: int = Field(ge=0)
    tags: list[Annotated[str, Field(min_length=1, max_length=32)]] = Field(max_length=10)
    items: list[Item] = Field(min_length=1, max_length=100)


def require_dates(token):
    """ninja_jwt checks all other claims."""
    if "nbf" not in token or "iat" not in token:
        raise AuthenticationError


class Stateless(JWTStatelessUserAuthentication, HttpBearer):
    def authenticate(self, request, token):
        return self.jwt_authenticate(request, token)

    def jwt_authenticate(self, request, token):
        claims = self.get_validated_token(token)
        require_dates(claims)
        request.user = conf.User(int(claims["sub"]), claims["username"])
        return request.user


class Full(JWTAuth):
    def get_user(self, claims):
        require_dates(claims)
        return super().get_user(claims)


class Basic(HttpBasicAuth):
    def authenticate(self, request, username, password):
        if not conf.password_ok(username, password):
            return None
        request.user = conf.User(1, username)
        return request.user


class HashedToken(APIKeyHeader):
    param_name = "X-API-Token"

    def authenticate(self, request, raw):
        if not raw:
            return None
        digest = salted_hmac(conf.TOKEN_SALT, raw, secret=conf.SECRET, algorithm="sha256").hexdigest()
        for user in Row.objects.raw(conf.TOKEN_USER, [digest]):
            if user.is_active:
                request.user = user
                return user
        return None


@api.get("/w0", response=User)
def w0(request):
    return conf.User(1, "alice")


def me(name, auth):
    @api.get("/" + name, response=User, auth=auth, operation_id=name)
    def operation(request):
        return request.user


me("w1", Stateless())
me("w2", Full())
me("w3", Basic())
me("w4d", SessionAuth(csrf=False))
me("w5", HashedToken())
me("w6", [Basic(), SessionAuth(csrf=False), Stateless()])


@api.post("/w8", response={201: Order}, auth=Stateless())
def w8(request, body: Order):
    return 201, body


urlpatterns = [path("", api.urls)]
