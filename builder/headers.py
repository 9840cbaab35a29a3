"""The content security policy: scripts, styles and data from here only."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

COMMON = (
    "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; "
    "style-src 'self' 'unsafe-inline'; "
)
PAGES = COMMON + "script-src 'self'"
# The admin's theme brings Alpine, which evaluates the expressions in its templates.
ADMIN = COMMON + "script-src 'self' 'unsafe-inline' 'unsafe-eval'"


def content_security_policy(get_response: Callable[[HttpRequest], HttpResponseBase]):
    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", ADMIN if request.path.startswith("/admin/") else PAGES)
        return response

    return middleware
