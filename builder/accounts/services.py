"""Writes: people, invitations, links and tokens."""

import hmac
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from builder.accounts import messages  # noqa: F401  (registers the sentences raised here)
from builder.accounts.models import Invite, SignInLink, Token, User
from builder.accounts.secret_keys import hash_secret, is_signed, new_signed, new_token, split_token
from trainer.errors import UserError

OWNER_EMAIL = "owner@localhost"
LINK_LIFETIME = timedelta(days=1)
INVITE_LIFETIME = timedelta(days=7)
LAST_USED_RESOLUTION = timedelta(minutes=1)


def owner_get_or_create() -> User:
    owner = User.objects.filter(is_superuser=True).order_by("date_joined", "id").first()
    return owner or User.objects.create_superuser(OWNER_EMAIL)


def sign_in_link_create(*, user: User) -> str:
    """The secret word of a new link; the links made for `user` before it stop working."""
    word = new_signed("link")
    with transaction.atomic():
        SignInLink.objects.filter(user=user, used_at=None).delete()
        SignInLink.objects.create(user=user, secret_hash=hash_secret(word), expires_at=timezone.now() + LINK_LIFETIME)
    return word


def sign_in_link_use(*, word: str) -> User | None:
    """The person of the link if it is ours, unused and in time. One UPDATE decides, so that it works once."""
    if not is_signed("link", word):
        return None
    links = SignInLink.objects.filter(secret_hash=hash_secret(word))
    now = timezone.now()
    if not links.filter(used_at=None, expires_at__gt=now, user__is_active=True).update(used_at=now):
        return None
    return links.select_related("user").get().user


def sign_in(*, request: HttpRequest, user: User) -> None:
    """Start a session, under a new session key and a new CSRF token."""
    get_adapter().login(request, user)


def password_check(*, password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        reason = " ".join(error.messages)
        raise UserError("account.password", path="password", reason=reason) from error


def password_change(*, user: User, current: str, new: str) -> None:
    if user.has_usable_password() and not user.check_password(current):
        raise UserError("account.password_wrong", path="current_password")
    password_check(password=new, user=user)
    get_adapter().set_password(user, new)


def invite_create(*, invited_by: User, email: str) -> tuple[Invite, str]:
    email = User.objects.normalize_email(email).lower()
    if User.objects.filter(email=email).exists():
        raise UserError("account.email_taken", path="email", email=email)
    word = new_signed("invite")
    invite = Invite.objects.create(
        email=email,
        secret_hash=hash_secret(word),
        invited_by=invited_by,
        expires_at=timezone.now() + INVITE_LIFETIME,
    )
    return invite, word


def invite_find(*, word: str) -> Invite:
    invite = None
    if is_signed("invite", word):
        invite = Invite.objects.filter(
            secret_hash=hash_secret(word), accepted_at=None, expires_at__gt=timezone.now()
        ).first()
    if invite is None:
        raise UserError("account.invite", status=404)
    return invite


def invite_accept(*, word: str, name: str, password: str) -> User:
    invite = invite_find(word=word)
    password_check(password=password, user=User(email=invite.email, name=name))
    with transaction.atomic():
        if not Invite.objects.filter(pk=invite.pk, accepted_at=None).update(accepted_at=timezone.now()):
            raise UserError("account.invite", status=404)
        if User.objects.filter(email=invite.email).exists():
            raise UserError("account.email_taken", path="email", email=invite.email)
        return User.objects.create_user(invite.email, password, name=name)


def token_create(*, user: User, name: str, expires_in_days: int | None = None) -> tuple[Token, str]:
    """The token's row, and the token itself, which nobody can be shown again."""
    prefix, secret, token = new_token()
    expires_at = timezone.now() + timedelta(days=expires_in_days) if expires_in_days else None
    row = Token.objects.create(
        user=user, name=name, prefix=prefix, secret_hash=hash_secret(secret), expires_at=expires_at
    )
    return row, token


def token_use(*, token: str) -> Token | None:
    """The row of a token that may be used now. Notes when, to the minute."""
    parts = split_token(token)
    if parts is None:
        return None
    prefix, secret = parts
    row = Token.objects.select_related("user").filter(prefix=prefix).first()
    if row is None or not hmac.compare_digest(row.secret_hash, hash_secret(secret)):
        return None
    if not row.is_usable or not row.user.is_active:
        return None
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > LAST_USED_RESOLUTION:
        Token.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def token_revoke(*, token: Token) -> None:
    Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
