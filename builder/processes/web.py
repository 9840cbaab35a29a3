"""The web process: `python -m builder.processes.web` serves HTTP and websockets on a socket that was handed to it."""

import gc
import os
import socket

import django
import uvicorn
from django.urls import get_resolver

STOP_SECONDS = 3


def main() -> None:
    gc.disable()  # nothing that is loaded here goes away again, so that looking for it only takes time
    load_application()
    wait_until_prepared()
    listener = socket.socket(fileno=int(os.environ["LISTEN_FD"]))
    config = uvicorn.Config(
        "builder.asgi:application",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        ws_max_size=1024**2,
        ws_per_message_deflate=False,  # packing the numbers of a curve takes longer than all else a message needs
    )
    config.load()
    gc.freeze()
    gc.enable()
    uvicorn.Server(config).run(sockets=[listener])


def load_application() -> None:
    """All that takes time to import and reads neither the database nor the static files."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "builder.settings")
    django.setup()
    _ = get_resolver().url_patterns


def wait_until_prepared() -> None:
    """Until the supervisor says, by closing its end of a pipe, that migrations and static files are in place."""
    with os.fdopen(int(os.environ["PREPARED_FD"]), "rb") as prepared:
        prepared.read()


if __name__ == "__main__":
    main()
