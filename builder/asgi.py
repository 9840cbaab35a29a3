"""Who answers: the predict application ahead of Django, the websockets, and Django for all the rest."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "builder.settings")

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from builder.body_limit import BodyLimit  # noqa: E402
from builder.runs.routing import websocket_urlpatterns  # noqa: E402

http_application = BodyLimit(django_application)
websocket_application = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))


async def application(scope, receive, send) -> None:
    match scope["type"]:
        case "http":
            await http_application(scope, receive, send)
        case "websocket":
            await websocket_application(scope, receive, send)
        case "lifespan":
            await lifespan(receive, send)


async def lifespan(receive, send) -> None:
    """Start what the first requests would have to wait for; end it when the server ends."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
