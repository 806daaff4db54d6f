"""django-modern-rest with msgspec."""

from typing import Annotated, Literal

import msgspec
from django.urls import include, path as django_path
from dmr import Body, Controller
from dmr.exceptions import NotAuthenticatedError
from dmr.plugins.msgspec import MsgspecSerializer
from dmr.routing import Router, path
from dmr.security.django_session.auth import DjangoSessionSyncAuth
from dmr.security.http import HttpBasicSyncAuth
from dmr.security.jwt.auth import JWTSyncAuth
from dmr.security.token.auth.header import HeaderTokenSyncAuth

import conf


class User(msgspec.Struct):
    id: int
    username: str


class Item(msgspec.Struct):
    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    qty: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    price: Annotated[float, msgspec.Meta(ge=0)]


class Order(msgspec.Struct):
    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    customer_email: Annotated[str, msgspec.Meta(max_length=254, pattern="@")]
    status: Literal["new", "paid", "shipped"]
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
    priority: Annotated[int, msgspec.Meta(ge=0, le=10)]
    total: Annotated[float, msgspec.Meta(ge=0)]
    paid: bool
    note: Annotated[str, msgspec.Meta(max_length=200)]
    created_at: Annotated[int, msgspec.Meta(ge=0)]
    tags: Annotated[list[Annotated[str, msgspec.Meta(min_length=1, max_length=32)]], msgspec.Meta(max_length=10)]
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=100)]


JWT = {
    "accepted_audiences": conf.AUDIENCE,
    "accepted_issuers": conf.ISSUER,
    "require_claims": conf.REQUIRED_CLAIMS,
    "secret": conf.SECRET,
}


class StatelessJWT(JWTSyncAuth):
    def get_user(self, token):
        return conf.User(int(token.sub), token.extras["username"])


class Basic(HttpBasicSyncAuth):
    def authenticate(self, endpoint, controller, username, password):
        if not conf.password_ok(username, password):
            raise NotAuthenticatedError
        controller.request.user = conf.User(1, username)
        return self


class W0(Controller[MsgspecSerializer]):
    def get(self) -> User:
        return User(1, "alice")


class Me(Controller[MsgspecSerializer]):
    def get(self) -> User:
        user = self.request.user
        return User(user.pk, user.username)


class W1(Me):
    auth = [StatelessJWT(**JWT)]


class W2(Me):
    auth = [JWTSyncAuth(**JWT)]


class W3(Me):
    auth = [Basic()]


class W4(Me):
    auth = [DjangoSessionSyncAuth()]


class W5(Me):
    auth = [HeaderTokenSyncAuth()]


class W6(Me):
    auth = [Basic(), DjangoSessionSyncAuth(), StatelessJWT(**JWT)]


class W8(Controller[MsgspecSerializer]):
    auth = [StatelessJWT(**JWT)]

    def post(self, parsed_body: Body[Order]) -> Order:
        return parsed_body


controllers = {"w0": W0, "w1": W1, "w2": W2, "w3": W3, "w4d": W4, "w5": W5, "w6": W6, "w8": W8}
router = Router("", [path(name, controller.as_view(), name=name) for name, controller in controllers.items()])
urlpatterns = [django_path("", include((router.urls, "benchmark"), namespace="api"))]
