"""Stored files by key: datasets/ID/VERSION/, runs/ID/FENCE/step-N/, deployments/ID/VERSION/.

With the default storage a key is a path below FILES_DIR. With another storage (S3) a folder is copied to a local cache
when it is read; folders are immutable once published, so a copy never goes stale.
"""

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage


def local_folder(key: str) -> Path:
    """A local directory with the files of the published folder `key`."""
    if isinstance(default_storage, FileSystemStorage):
        return Path(default_storage.path(key))
    cached = settings.DATA_DIR / "cache" / key
    if not cached.is_dir():
        partial = cached.with_name(f"{cached.name}.{os.getpid()}.partial")
        _download_folder(key, partial)
        partial.rename(cached)
    return cached


def publish_folder(source: Path, key: str) -> None:
    """Store the files of `source` (moved where the storage is local) under the new `key`. Durable on return."""
    if isinstance(default_storage, FileSystemStorage):
        target = Path(default_storage.path(key))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        with path.open("rb") as file:
            default_storage.save(f"{key}/{path.relative_to(source)}", file)


def delete_folder(key: str) -> None:
    if isinstance(default_storage, FileSystemStorage):
        shutil.rmtree(default_storage.path(key), ignore_errors=True)
        return
    folders, files = default_storage.listdir(key)
    for name in files:
        default_storage.delete(f"{key}/{name}")
    for name in folders:
        delete_folder(f"{key}/{name}")


def _download_folder(key: str, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    folders, files = default_storage.listdir(key)
    for name in files:
        with default_storage.open(f"{key}/{name}") as source, (target / name).open("wb") as sink:
            shutil.copyfileobj(source, sink)
    for name in folders:
        _download_folder(f"{key}/{name}", target / name)
