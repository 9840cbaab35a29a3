"""What Django answers outside the API: the front end's one page, health for the operator, and errors as JSON."""

from functools import cache
from pathlib import Path

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from builder.errors import error_body
from trainer.errors import UserError

NOT_BUILT = "The front end is not built. Run `make run`, or `npm ci && npm run build` in frontend/."


@cache
def _read_page(path: Path, modified_ns: int) -> bytes:
    return path.read_bytes()


@require_safe
@ensure_csrf_cookie
def front_end(request: HttpRequest, path: str = "") -> HttpResponse:
    """The page that holds the front end, at every address it knows."""
    page = settings.FRONTEND_DIST / "index.html"
    try:
        body = _read_page(page, page.stat().st_mtime_ns)
    except FileNotFoundError:
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain")
    return HttpResponse(body, headers={"Cache-Control": "no-cache"})


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """What this process needs is there: the database with all migrations, and the bus."""
    checks = {"database": _database_state(), "bus": _bus_state()}
    return JsonResponse(checks, status=200 if set(checks.values()) == {"ok"} else 503)


def _database_state() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unreachable"
    return "migrations waiting" if waiting else "ok"


def _bus_state() -> str:
    try:
        with redis.Redis.from_url(settings.BUS_URL, socket_timeout=2, socket_connect_timeout=2) as bus:
            bus.ping()
    except redis.exceptions.RedisError:
        return "unreachable"
    return "ok"


def error_response(code: str, status: int) -> JsonResponse:
    error = UserError(code, status=status)
    return JsonResponse(error_body(error, get_language() or "en"), status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response("request.not_found", 404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response("request.failed", 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_response("request.forbidden", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    return error_response("request.broken", 500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response("request.csrf", 403)
