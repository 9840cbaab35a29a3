"""Who reads over a websocket, and whether that person is still signed in."""

from urllib.parse import parse_qs

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from builder.accounts.services import token_use

BEARER = "bearer "
MAX_LANGUAGE = 35


def scope_headers(scope: dict) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def language_of(scope: dict) -> str:
    """The reader's language: `language` of the query, which a page may choose, else that of `Accept-Language`."""
    chosen = parse_qs(scope["query_string"].decode("latin-1")).get("language", [])
    preferred = parse_accept_lang_header(scope_headers(scope).get("accept-language", ""))
    for name in (*(one[:MAX_LANGUAGE] for one in chosen[:1]), *(name for name, _ in preferred)):
        try:
            return get_supported_language_variant(name)
        except LookupError:
            continue
    return "en"


async def current_user(scope: dict) -> AbstractBaseUser | None:
    """The person of a token in the handshake, or of the session as it is stored now; None when signed out."""
    given = scope_headers(scope).get("authorization", "")
    if given:
        if not given.lower().startswith(BEARER):
            return None
        row = await database_sync_to_async(token_use)(token=given[len(BEARER) :].strip())
        return row.user if row else None
    session: SessionBase = scope["session"]
    fresh = session.__class__(session.session_key)
    user = await get_user({"session": fresh})
    return user if user.is_authenticated and user.is_active else None
