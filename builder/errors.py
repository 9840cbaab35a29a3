"""How an error leaves the application, in the reader's language.

`{"code", "message", "details": [{"path", "code", "message"}]}`
"""

import logging

import redis
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import get_language
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from trainer.errors import UserError
from trainer.messages.registry import Text, register_messages, render_message

log = logging.getLogger(__name__)

register_messages(
    "request",
    {
        "not_found": Text("There is nothing here that you may see.", "这里没有您可以查看的内容。"),
        "unauthenticated": Text("Sign in, or send a token.", "请先登录，或附上令牌。"),
        "forbidden": Text("You may not do this.", "您无权执行此操作。"),
        "invalid": Text("The request has fields that cannot be taken.", "请求中有无法接受的字段。"),
        "too_large": Text(
            "This is larger than the {limit_mb} MB that are taken here. Send a smaller file, or less at once.",
            "内容超过此处允许的 {limit_mb} MB。请使用更小的文件，或分次发送。",
        ),
        "too_deep": Text("The body is nested more than {limit} levels deep.", "请求正文的嵌套超过 {limit} 层。"),
        "csrf": Text(
            "The page is out of date or came from elsewhere. Reload it and try again.",
            "页面已过期或来自其他站点。请刷新后重试。",
        ),
        "unavailable": Text(
            "A part of the application is restarting. Try again in a moment.",
            "应用的某个部分正在重启，请稍后重试。",
        ),
        "nul": Text(
            "The body holds a text with the character NUL, which cannot be stored. Remove it.",
            "请求正文的文本中含有无法保存的 NUL 字符。请删除它。",
        ),
        "unreadable": Text("The body is not valid JSON.", "请求正文不是有效的 JSON。"),
        "method": Text("This address does not take {method}.", "此地址不支持 {method}。"),
        "media_type": Text("This content type is not taken here.", "此处不接受该内容类型。"),
        "too_many": Text("Too many requests. Wait {seconds} s.", "请求过多，请等待 {seconds} 秒。"),
        "broken": Text(
            "Something went wrong on our side. It is in the log.",
            "服务器出现错误，详情已写入日志。",
        ),
        "failed": Text("The request failed.", "请求失败。"),
    },
)


def error_body(error: UserError, language: str) -> dict[str, object]:
    return {
        "code": error.code,
        "message": error.message(language),
        "details": [
            {"path": part.path, "code": part.code, "message": part.message(language)}
            for part in (error.problems or ((error,) if error.path else ()))
        ],
    }


def exception_handler(error: Exception, context: dict) -> Response | None:
    """DRF's hook. Anything it does not know goes on to Django as a 500."""
    language = get_language() or "en"
    if isinstance(error, redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        log.warning("the bus cannot be reached: %s", error)
        error = UserError("request.unavailable", status=503, seconds=2)
    if isinstance(error, UserError):
        set_rollback()
        return Response(error_body(error, language), status=error.status, headers=_retry_after(error))
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    details: list[dict[str, str]] = []
    fields: dict[str, object] = {}
    headers = {"WWW-Authenticate": error.auth_header} if getattr(error, "auth_header", None) else {}
    match error:
        case exceptions.ValidationError():
            code = "request.invalid"
            details = list(_flatten(error.detail, ""))
        case exceptions.ParseError():
            code = "request.unreadable"
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            code = "request.unauthenticated"
        case exceptions.PermissionDenied():
            code = "request.forbidden"
        case exceptions.NotFound():
            code = "request.not_found"
        case exceptions.MethodNotAllowed():
            code, fields = "request.method", {"method": context["request"].method}
        case exceptions.UnsupportedMediaType():
            code = "request.media_type"
        case exceptions.Throttled():
            code, fields = "request.too_many", {"seconds": int(error.wait or 1)}
            headers["Retry-After"] = str(int(error.wait or 1))
        case _:
            code = "request.failed"
    body = {"code": code, "message": render_message(code, language, **fields), "details": details}
    return Response(body, status=error.status_code or status.HTTP_400_BAD_REQUEST, headers=headers)


def _retry_after(error: UserError) -> dict[str, str]:
    """`seconds` of a 429 or 503 is the time to wait."""
    if error.status in (429, 503) and "seconds" in error.fields:
        return {"Retry-After": str(error.fields["seconds"])}
    return {}


def _flatten(detail, path: str):
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from _flatten(value, f"{path}.{key}" if path else str(key))
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            yield from _flatten(value, path if isinstance(value, str) else f"{path}[{index}]")
    else:
        yield {"path": path, "code": f"field.{detail.code}", "message": str(detail)}
