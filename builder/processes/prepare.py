"""What has to be in place before the first page: migrations, static files, the owner."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from builder.accounts.services import owner_get_or_create, sign_in_link_create

PACKAGES_WITH_FILES = ("django", "django-unfold", "djangorestframework", "drf-spectacular-sidecar")


def migrate_if_needed() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def collect_static_if_needed() -> None:
    """Copy and compress the static files when the front end was built anew or a package was updated."""
    stamp = settings.STATIC_ROOT / ".collected"
    fingerprint = _static_fingerprint(settings.FRONTEND_DIST)
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(fingerprint)


def _static_fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for package in PACKAGES_WITH_FILES:
        digest.update(f"{package} {version(package)}\n".encode())
    for path in sorted(folder.rglob("*")):
        state = path.stat()
        digest.update(f"{path.relative_to(folder)} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def start_url() -> str:
    """Where to go: with a one-time link while the owner has no password to sign in with."""
    owner = owner_get_or_create()
    if owner.has_usable_password():
        return f"{settings.PUBLIC_URL}/"
    return f"{settings.PUBLIC_URL}/accounts/link/{sign_in_link_create(user=owner)}/"
