from typing import Any, BinaryIO

import msgspec
from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from trainer.errors import UserError

MAX_DEPTH = 100


class BoundedJSONParser(BaseParser):
    """JSON as the standard has it (no NaN), of bounded size and depth, in texts that can be stored."""

    media_type = "application/json"

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            raise UserError("request.too_large", status=413, limit_mb=settings.MAX_BODY_BYTES // 1024**2)
        try:
            value = msgspec.json.decode(body)
        except RecursionError as error:
            raise UserError("request.too_deep", limit=MAX_DEPTH) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ParseError(str(error)) from error
        if depth(value) > MAX_DEPTH:
            raise UserError("request.too_deep", limit=MAX_DEPTH)
        if b"\\u0000" in body and has_nul(value):
            raise UserError("request.nul")
        return value


def depth(value: Any) -> int:
    """How many lists and objects stand inside one another. Level by level, so that depth costs no stack."""
    levels, level = 0, [value]
    while level := [item for item in level if isinstance(item, list | dict)]:
        levels += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return levels


def has_nul(value: Any) -> bool:
    """Whether a text in `value` holds NUL, which PostgreSQL cannot store. For what is not nested deeply."""
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(has_nul(part) for pair in value.items() for part in pair)
        case list():
            return any(map(has_nul, value))
        case _:
            return False
