import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from builder.deployments.modelserver.server import ModelServer


class Command(BaseCommand):
    help = "Hold the models that need PyTorch. Listens on the socket given as LISTEN_FD, or makes its own."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        parser.add_argument("--bind", default="", help="host:port, for web processes on other machines (trusted ones)")

    def handle(self, *args, bind: str, **options) -> None:
        asyncio.run(serve(listening_socket(bind)))


def listening_socket(bind: str = "") -> socket.socket:
    """On `bind`; else the supervisor's socket, on which requests already wait, or one of our own at the same place."""
    if bind:
        host, _, port = bind.rpartition(":")
        return socket.create_server((host, int(port)))
    if descriptor := os.environ.get("LISTEN_FD"):
        return socket.socket(fileno=int(descriptor))
    path = Path(settings.RUN_DIR) / "models.sock"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    return listener


async def serve(listener: socket.socket) -> None:
    start = asyncio.start_unix_server if listener.family == socket.AF_UNIX else asyncio.start_server
    server = await start(ModelServer().serve, sock=listener)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    server.close()
    with contextlib.suppress(asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(server.wait_closed(), 1)
