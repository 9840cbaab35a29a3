"""Secrets that are shown once and stored as a hash."""

import hashlib
import secrets

from django.core import signing

TOKEN_MARK = "ll"  # noqa: S105  (what every token begins with)


def hash_secret(secret: str) -> str:
    """SHA-256. Enough, and fast enough for each request, because the secret holds 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_token() -> tuple[str, str, str]:
    """`(prefix, secret, token)` where the person is given `ll_PREFIX_SECRET`."""
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(32)
    return prefix, secret, f"{TOKEN_MARK}_{prefix}_{secret}"


def split_token(token: str) -> tuple[str, str] | None:
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    return (prefix, secret) if mark == TOKEN_MARK and prefix and secret else None


def new_signed(purpose: str) -> str:
    """A random word with our signature: what we did not make is refused before the database is asked."""
    return signing.Signer(salt=purpose, sep="~").sign(secrets.token_urlsafe(24))


def is_signed(purpose: str, word: str) -> bool:
    try:
        signing.Signer(salt=purpose, sep="~").unsign(word)
    except signing.BadSignature:
        return False
    return True
