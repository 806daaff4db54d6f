"""Django REST framework with simplejwt."""

from django.contrib.auth.models import User
from django.urls import path
from django.utils.crypto import salted_hmac
from rest_framework import exceptions, serializers
from rest_framework.authentication import BaseAuthentication, BasicAuthentication, SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler
from rest_framework_simplejwt.authentication import JWTAuthentication, JWTStatelessUserAuthentication

import conf


def handle(exception, context):
    response = exception_handler(exception, context)
    if response is not None and response.status_code in (401, 403):
        response.status_code = 401
        response.data = conf.UNAUTHENTICATED
    return response


class Out(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()


def require_dates(token):
    """simplejwt checks all other claims."""
    if "nbf" not in token or "iat" not in token:
        raise exceptions.AuthenticationFailed


class Stateless(JWTStatelessUserAuthentication):
    def get_user(self, token):
        require_dates(token)
        return conf.User(int(token["sub"]), token["username"])


class Full(JWTAuthentication):
    def get_user(self, token):
        require_dates(token)
        return super().get_user(token)


class Basic(BasicAuthentication):
    def authenticate_credentials(self, userid, password, request=None):
        if not conf.password_ok(userid, password):
            raise exceptions.AuthenticationFailed
        return conf.User(1, userid), None


class HashedToken(BaseAuthentication):
    def authenticate(self, request):
        raw = request.headers.get("X-API-Token")
        if raw is None:
            return None
        digest = salted_hmac(conf.TOKEN_SALT, raw, secret=conf.SECRET, algorithm="sha256").hexdigest()
        for user in User.objects.raw(conf.TOKEN_USER, [digest]):
            if user.is_active:
                return user, None
        raise exceptions.AuthenticationFailed

    def authenticate_header(self, request):
        return "Token"


class Item(serializers.Serializer):
    sku = serializers.CharField(min_length=1, max_length=32)
    name = serializers.CharField(min_length=1, max_length=64)
    qty = serializers.IntegerField(min_value=1, max_value=1000)
    price = serializers.FloatField(min_value=0)


class Order(serializers.Serializer):
    order_id = serializers.CharField(min_length=1, max_length=32)
    customer_email = serializers.RegexField("@", max_length=254)
    status = serializers.ChoiceField(["new", "paid", "shipped"])
    currency = serializers.CharField(min_length=3, max_length=3)
    priority = serializers.IntegerField(min_value=0, max_value=10)
    total = serializers.FloatField(min_value=0)
    paid = serializers.BooleanField()
    note = serializers.CharField(max_length=200, allow_blank=True)
    created_at = serializers.IntegerField(min_value=0)
    tags = serializers.ListField(child=serializers.CharField(min_length=1, max_length=32), max_length=10)
    items = Item(many=True, min_length=1, max_length=100)


class W0(APIView):
    def get(self, request):
        return Response(Out(conf.User(1, "alice")).data)


class Me(APIView):
    permission_classes = [IsAuthenticated]

    def get(self, request):
        return Response(Out(request.user).data)


class W8(APIView):
    authentication_classes = [Stateless]
    permission_classes = [IsAuthenticated]

    def post(self, request):
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.data, status=201)


def me(*authentication):
    return Me.as_view(authentication_classes=list(authentication))


urlpatterns = [
    path("w0", W0.as_view()),
    path("w1", me(Stateless)),
    path("w2", me(Full)),
    path("w3", me(Basic)),
    path("w4d", me(SessionAuthentication)),
    path("w5", me(HashedToken)),
    path("w6", me(Basic, SessionAuthentication, Stateless)),
    path("w8", W8.as_view()),
]
