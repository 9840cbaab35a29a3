import asyncio
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from builder.processes import plan
from builder.processes.child import MAX_LOG_BYTES
from builder.processes.datalock import DirectoryInUse, lock_directory
from builder.processes.supervisor import (
    CannotStart,
    Supervisor,
    listen_for_models,
    listen_for_web,
    make_run_directory,
)


def log_to_file(path: Path) -> None:
    """The supervisor's log goes beside those of its processes; the terminal is told only what went wrong."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    root = logging.getLogger()
    for handler in root.handlers:
        handler.setLevel(logging.WARNING)
    handler = RotatingFileHandler(path, maxBytes=MAX_LOG_BYTES, backupCount=1)
    handler.setFormatter(logging.Formatter("{asctime} {levelname} {name}: {message}", style="{"))
    root.addHandler(handler)


def url_line(url: str, names: tuple[str, ...]) -> str:
    return f"Layerloom: {url}" if url else f"Layerloom runs: {', '.join(names)}"


class Command(BaseCommand):
    help = "Start everything on this machine, keep it running, and print where to go."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only",
            default="",
            metavar="NAME,NAME",
            help=f"start only these of: {', '.join(plan.NAMES)}",
        )

    def handle(self, *, only: str, **options) -> None:
        wanted = [name for name in only.split(",") if name]
        if unknown := set(wanted) - set(plan.NAMES):
            raise CommandError(f"There is no process {', '.join(sorted(unknown))}. There are: {', '.join(plan.NAMES)}.")
        try:
            self._run(plan.chosen_names(wanted))
        except (CannotStart, DirectoryInUse) as error:
            raise CommandError(str(error)) from error

    def _run(self, names: tuple[str, ...]) -> None:
        # With database and bus elsewhere the directory holds only files, and those may be shared.
        shared = bool(settings.REDIS_URL) and connection.vendor != "sqlite"
        held = None if shared else lock_directory(settings.DATA_DIR)
        make_run_directory()
        log_to_file(settings.DATA_DIR / "log" / "supervisor.log")
        web = models = None
        if "web" in names:
            web = listen_for_web(settings.HOST, settings.PORT, exact="LAYERLOOM_PORT" in os.environ)
            os.environ["LAYERLOOM_PORT"] = str(web.getsockname()[1])
        if "model_server" in names:
            models = listen_for_models()
        supervisor = Supervisor(names, web=web, models=models)
        asyncio.run(supervisor.run(lambda url: print(url_line(url, names), flush=True)))
        if held is not None:
            os.close(held)
