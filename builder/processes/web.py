"""The web process: `python -m builder.processes.web` serves HTTP and websockets on a socket that was handed to it."""

import os
import socket

import uvicorn

STOP_SECONDS = 3


def main() -> None:
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
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
