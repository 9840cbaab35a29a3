"""Which pages may open a websocket: a browser sends the person's cookie along whatever page asks."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from builder.runs.presence import scope_headers

FOREIGN_ORIGIN = 4403


class OriginCheck:
    """Refuses handshakes from pages of other hosts. Without an origin it is no browser, and has to bring a token."""

    def __init__(self, application) -> None:
        self._application = application

    async def __call__(self, scope, receive, send) -> None:
        if is_allowed(scope_headers(scope)):
            await self._application(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": FOREIGN_ORIGIN})


def is_allowed(headers: dict[str, str]) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return "authorization" in headers
    host = urlsplit(origin).hostname
    return host is not None and validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS)
