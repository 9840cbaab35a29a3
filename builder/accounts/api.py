"""Who one is, signing in and out, tokens, invitations."""

from django.conf import settings
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from builder.accounts import services
from builder.accounts.models import Invite, Token, User
from builder.accounts.rates import consume
from builder.accounts.serializers import (
    InvitationSerializer,
    InviteSerializer,
    MeEditSerializer,
    MeSerializer,
    NewInviteSerializer,
    NewTokenSerializer,
    PasswordSerializer,
    PersonSerializer,
    SignInSerializer,
    SignUpSerializer,
    TokenSerializer,
)
from trainer.errors import UserError

LANGUAGES = {"", *dict(settings.LANGUAGES)}


class IsOwner(BasePermission):
    """The owner of the installation."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(request.user.is_authenticated and request.user.is_owner)


def me_response(request: Request, user: User, status_code: int = status.HTTP_200_OK) -> Response:
    get_token(request._request)  # sets the CSRF cookie for a page that was not served by us (the development server)
    body = {"user": user, "language": user.language, "version": settings.VERSION}
    return Response(MeSerializer(body).data, status=status_code)


class MeView(APIView):
    """The person who asks."""

    @extend_schema(operation_id="me_retrieve", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return me_response(request, request.user)

    @extend_schema(operation_id="me_update", request=MeEditSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        edit = MeEditSerializer(data=request.data)
        edit.is_valid(raise_exception=True)
        language = edit.validated_data.get("language", request.user.language)
        if language not in LANGUAGES:
            raise UserError("account.language", path="language", language=language)
        for field, value in edit.validated_data.items():
            setattr(request.user, field, value)
        request.user.save(update_fields=list(edit.validated_data))
        return me_response(request, request.user)


@method_decorator(csrf_protect, name="dispatch")
class SignInView(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="sign_in", request=SignInSerializer, responses=MeSerializer, auth=[])
    def post(self, request: Request) -> Response:
        given = SignInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        email = given.validated_data["email"].lower()
        consume(request._request, "sign_in")
        failure = consume(request._request, "sign_in_failed", key=email)
        user = authenticate(request._request, email=email, password=given.validated_data["password"])
        if user is None:
            raise UserError("account.credentials", status=401)
        failure.rollback()
        services.sign_in(request=request._request, user=user)
        return me_response(request, user)


class SignOutView(APIView):
    @extend_schema(operation_id="sign_out", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


@method_decorator(csrf_protect, name="dispatch")
class SignUpView(APIView):
    """Taking up an invitation."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="sign_up_retrieve",
        parameters=[OpenApiParameter("invite", str, required=True)],
        responses=InvitationSerializer,
        auth=[],
    )
    def get(self, request: Request) -> Response:
        consume(request._request, "sign_up")
        invite = services.invite_find(word=request.query_params.get("invite", ""))
        return Response(InvitationSerializer({"email": invite.email}).data)

    @extend_schema(operation_id="sign_up", request=SignUpSerializer, responses={201: MeSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        given = SignUpSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        consume(request._request, "sign_up")
        user = services.invite_accept(
            word=given.validated_data["invite"],
            name=given.validated_data["name"],
            password=given.validated_data["password"],
        )
        services.sign_in(request=request._request, user=user)
        return me_response(request, user, status.HTTP_201_CREATED)


class PasswordView(APIView):
    @extend_schema(operation_id="password_change", request=PasswordSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        given = PasswordSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        consume(request._request, "password")
        services.password_change(
            user=request.user,
            current=given.validated_data["current_password"],
            new=given.validated_data["new_password"],
        )
        if request.auth is None:
            update_session_auth_hash(request._request, request.user)  # the other sessions end, this one stays
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokenListView(generics.ListAPIView):
    serializer_class = TokenSerializer

    def get_queryset(self):
        return Token.objects.visible_to(self.request.user).filter(revoked_at=None)

    @extend_schema(operation_id="tokens_create", request=TokenSerializer, responses={201: NewTokenSerializer})
    def post(self, request: Request) -> Response:
        given = TokenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row, token = services.token_create(user=request.user, **given.validated_data)
        return Response({**TokenSerializer(row).data, "token": token}, status=status.HTTP_201_CREATED)


class TokenView(generics.DestroyAPIView):
    serializer_class = TokenSerializer

    def get_queryset(self):
        return Token.objects.visible_to(self.request.user).filter(revoked_at=None)

    def perform_destroy(self, instance: Token) -> None:
        services.token_revoke(token=instance)


class InviteListView(generics.ListAPIView):
    serializer_class = InviteSerializer
    permission_classes = [IsAuthenticated, IsOwner]
    queryset = Invite.objects.all()

    @extend_schema(operation_id="invites_create", request=InviteSerializer, responses={201: NewInviteSerializer})
    def post(self, request: Request) -> Response:
        given = InviteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        invite, word = services.invite_create(invited_by=request.user, email=given.validated_data["email"])
        url = request.build_absolute_uri(f"/sign-up?invite={word}")
        return Response({**InviteSerializer(invite).data, "url": url}, status=status.HTTP_201_CREATED)


class InviteView(generics.DestroyAPIView):
    serializer_class = InviteSerializer
    permission_classes = [IsAuthenticated, IsOwner]
    queryset = Invite.objects.all()


class PersonListView(generics.ListAPIView):
    serializer_class = PersonSerializer
    permission_classes = [IsAuthenticated, IsOwner]
    queryset = User.objects.all()
