"""Who answers: the predict application ahead of Django, the websockets, and Django for all the rest."""

import os
import threading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "builder.settings")

import django
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter

django.setup(set_prefix=False)

# These import models, so Django has to be set up first.
from builder import engine  # noqa: E402
from builder.body_limit import BodyLimit  # noqa: E402
from builder.deployments.predict_app import predict_app  # noqa: E402
from builder.handler import ThreadedHandler  # noqa: E402
from builder.runs.origins import OriginCheck  # noqa: E402
from builder.runs.routing import websocket_urlpatterns  # noqa: E402

PREDICT_PREFIXES = ("/api/v1/predict/", "/v2/")

http_application = BodyLimit(ThreadedHandler())
websocket_application = OriginCheck(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))


async def application(scope, receive, send) -> None:
    match scope["type"]:
        case "http" if scope["path"].startswith(PREDICT_PREFIXES):
            await predict_app(scope, receive, send)
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
            threading.Thread(target=engine.warm, name="warm-helper", daemon=True).start()
            await predict_app.startup()
            await send({"type": "lifespan.startup.complete"})
        else:
            await predict_app.shutdown()
            engine.close()
            await send({"type": "lifespan.shutdown.complete"})
            return
