"""FastAPI with PyJWT, as its documentation shows it."""

import base64
import hashlib
import hmac
import sqlite3
import time
from typing import Annotated, Literal

import jwt
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPAuthorizationCredentials, HTTPBasic, HTTPBasicCredentials, HTTPBearer
from pydantic import BaseModel, Field

import conf

app = FastAPI(openapi_url=None)


class Unauthenticated(Exception):
    pass


@app.exception_handler(Unauthenticated)
async def unauthenticated(request, exception):
    return JSONResponse(conf.UNAUTHENTICATED, status_code=401)


class User(BaseModel):
    id: int
    username: str


class Item(BaseModel):
    sku: str = Field(min_length=1, max_length=32)
    name: str = Field(min_length=1, max_length=64)
    qty: int = Field(ge=1, le=1000)
    price: float = Field(ge=0)


class Order(BaseModel):
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


connection = sqlite3.connect(conf.DATABASE, check_same_thread=False)
bearer = HTTPBearer(auto_error=False)
basic = HTTPBasic(auto_error=False)
cookie = APIKeyCookie(name="sessionid", auto_error=False)
header = APIKeyHeader(name="X-API-Token", auto_error=False)
token_key = hashlib.sha256((conf.TOKEN_SALT + conf.SECRET).encode()).digest()


def decode(token):
    try:
        claims = jwt.decode(
            token, conf.SECRET, ["HS256"], audience=conf.AUDIENCE, issuer=conf.ISSUER, options={"require": conf.REQUIRED_CLAIMS}
        )
    except jwt.InvalidTokenError:
        raise Unauthenticated from None
    if claims.get("type") != "access":
        raise Unauthenticated
    return claims


def load(pk):
    row = connection.execute("SELECT id, username, email, is_active FROM auth_user WHERE id = ?", (pk,)).fetchone()
    if not row or not row[3]:
        raise Unauthenticated
    return User(id=row[0], username=row[1])


async def jwt_user(credentials: HTTPAuthorizationCredentials | None = Depends(bearer)):
    if credentials is None:
        raise Unauthenticated
    claims = decode(credentials.credentials)
    return User(id=int(claims["sub"]), username=claims["username"])


async def jwt_row(credentials: HTTPAuthorizationCredentials | None = Depends(bearer)):
    if credentials is None:
        raise Unauthenticated
    return load(int(decode(credentials.credentials)["sub"]))


async def basic_user(credentials: HTTPBasicCredentials | None = Depends(basic)):
    if credentials is None or not conf.password_ok(credentials.username, credentials.password):
        raise Unauthenticated
    return User(id=1, username=credentials.username)


async def session_user(key: str | None = Depends(cookie)):
    if not key:
        raise Unauthenticated
    row = connection.execute("SELECT user_id, expires_at FROM plain_session WHERE session_key = ?", (key,)).fetchone()
    if not row or row[1] <= time.time():
        raise Unauthenticated
    return load(row[0])


async def token_user(raw: str | None = Depends(header)):
    if not raw:
        raise Unauthenticated
    digest = hmac.new(token_key, raw.encode(), hashlib.sha256).hexdigest()
    row = connection.execute(
        "SELECT u.id, u.username, u.is_active FROM app_token t JOIN auth_user u ON u.id = t.user_id WHERE t.token_hash = ? "
        "AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > datetime('now'))",
        (digest,),
    ).fetchone()
    if not row or not row[2]:
        raise Unauthenticated
    return User(id=row[0], username=row[1])


async def chain_user(request: Request, key: str | None = Depends(cookie)):
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            user, password = base64.b64decode(value).decode().split(":", 1)
        except ValueError:
            raise Unauthenticated from None
        return await basic_user(HTTPBasicCredentials(username=user, password=password))
    if key:
        return await session_user(key)
    if scheme == "Bearer":
        claims = decode(value)
        return User(id=int(claims["sub"]), username=claims["username"])
    raise Unauthenticated


@app.get("/w0")
async def w0() -> User:
    return User(id=1, username="alice")


def me(path, user):
    @app.get(path)
    async def operation(user: User = Depends(user)) -> User:
        return user


me("/w1", jwt_user)
me("/w2", jwt_row)
me("/w3", basic_user)
me("/w4d", session_user)
me("/w5", token_user)
me("/w6", chain_user)


@app.post("/w8", status_code=201)
async def w8(body: Order, user: User = Depends(jwt_user)) -> Order:
    return body
