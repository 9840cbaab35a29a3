"""Keys of deployments: `ll_PREFIX.SECRET`.

The secret has 256 random bits, so one round of SHA-256 is enough to store it.
"""

import hashlib
import secrets
from typing import NamedTuple

MARK = "ll_"


class NewKey(NamedTuple):
    """`text` is shown once; the rest is stored."""

    text: str
    prefix: str
    digest: bytes


def make_key() -> NewKey:
    prefix = MARK + secrets.token_hex(5)
    secret = secrets.token_urlsafe(32)
    return NewKey(f"{prefix}.{secret}", prefix, key_digest(secret))


def split_key(text: str) -> tuple[str, str] | None:
    """The prefix and the secret, or None where `text` has not the form of a key."""
    prefix, dot, secret = text.partition(".")
    if not dot or not prefix.startswith(MARK) or len(prefix) > 20 or not 0 < len(secret) <= 64:
        return None
    return prefix, secret


def key_digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
