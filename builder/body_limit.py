"""A body that is too large is refused while it arrives, before Django stores or reads it."""

import asyncio
import json

from django.conf import settings

from builder.errors import error_body
from trainer.errors import UserError

FORM_BYTES = 1024**2  # what a form may take around its file
LINGER_SECONDS = 5
LINGER_BYTES = 256 * 1024**2


class BodyTooLarge(Exception):
    pass


class BodyLimit:
    """ASGI wrapper. The paths of `settings.UPLOAD_LIMITS` have limits of their own, all others `MAX_BODY_BYTES`."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        limits = (limit for path, limit in settings.UPLOAD_LIMITS.items() if scope["path"].startswith(path))
        limit = next(limits, settings.MAX_BODY_BYTES)
        most = limit + FORM_BYTES if limit > settings.MAX_BODY_BYTES else limit
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > most:
            await refuse(headers, limit, receive, send)
            return
        received = 0

        async def counted_receive():
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise BodyTooLarge
            return message

        try:
            await self.app(scope, counted_receive, send)
        except BodyTooLarge:
            await refuse(headers, limit, receive, send)


async def refuse(headers: dict[bytes, bytes], limit: int, receive, send) -> None:
    """Answer 413, then read on for a moment: a client still sending would miss an answer on a closed connection."""
    language = "zh" if headers.get(b"accept-language", b"").lower().startswith(b"zh") else "en"
    error = UserError("request.too_large", status=413, limit_mb=limit // 1024**2)
    body = json.dumps(error_body(error, language), ensure_ascii=False).encode()
    head = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": head})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            left = LINGER_BYTES
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body"):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b""})
