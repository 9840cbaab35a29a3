"""The making of a version, outside of any request. A lost message or worker costs time, never a version."""

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from builder.datasets import messages  # noqa: F401  (registers the sentences that are stored here)
from builder.datasets.models import DatasetVersion, SampleFolder
from builder.files import delete_folder, local_folder, publish_folder
from builder.ownership import new_id
from trainer.data.ingest import ingest_upload
from trainer.data.picture_folders import PictureOptions
from trainer.data.revise import revise_version
from trainer.data.samples import build_sample
from trainer.errors import UserError

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
UNCLAIMED = timedelta(seconds=5)
MAX_ATTEMPTS = 3
PROGRESS_SECONDS = 0.4
UPLOAD_FILE = "file"

Status = DatasetVersion.Status


class Superseded(Exception):
    """The version was deleted, or somebody else has taken it over."""


def version_ingest(*, version_id: UUID) -> None:
    """Make the version, if nobody else is at it. Errors of the data end in the row, for the person to read."""
    version = _claim(version_id)
    if version is None:
        return
    if version.attempt > MAX_ATTEMPTS:
        _fail(version, UserError("upload.interrupted"))
        return
    try:
        with working_folder() as folder:
            _make(version, folder)
    except Superseded:
        log.info("version %s was deleted or taken over", version.id)
        return
    except UserError as error:
        _fail(version, error)
    except Exception:
        log.exception("version %s could not be made", version.id)
        _fail(version, UserError("upload.broken"))
    delete_folder(upload_key(version.id))


def pending_versions() -> list[UUID]:
    """Versions whose message or worker was lost."""
    now = timezone.now()
    lost = Q(heartbeat_at__isnull=True, created_at__lt=now - UNCLAIMED) | Q(heartbeat_at__lt=now - LEASE)
    return list(DatasetVersion.objects.filter(lost, status=Status.INGESTING).values_list("id", flat=True))


def upload_key(version_id: UUID) -> str:
    return f"uploads/{version_id}"


@contextmanager
def working_folder() -> Iterator[Path]:
    """An empty folder on the disk of the data, gone at the end with all that is left in it."""
    parent = settings.DATA_DIR / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="dataset-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _claim(version_id: UUID) -> DatasetVersion | None:
    now = timezone.now()
    free = Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=now - LEASE)
    claimed = DatasetVersion.objects.filter(free, id=version_id, status=Status.INGESTING).update(
        attempt=F("attempt") + 1, heartbeat_at=now
    )
    return DatasetVersion.objects.select_related("dataset").get(id=version_id) if claimed else None


def _make(version: DatasetVersion, folder: Path) -> None:
    recipe = version.recipe
    if recipe["kind"] == "sample":
        _make_sample(version, folder, recipe["sample"])
        return
    made = folder / "version"
    if recipe["kind"] == "upload":
        manifest = ingest_upload(
            local_folder(upload_key(version.id)) / UPLOAD_FILE,
            recipe["format"],
            made,
            name=version.dataset.name,
            target=recipe["target"],
            pictures=PictureOptions.from_json(recipe["pictures"]),
            progress=_Progress(version),
        )
    else:
        parent = DatasetVersion.objects.get(id=recipe["of"])
        manifest = revise_version(local_folder(parent.storage_key), made, **recipe["changes"])
    key = f"datasets/{version.dataset_id}/{version.number}-{version.attempt}"
    publish_folder(made, key)
    try:
        _finish(version, key, manifest)
    except Superseded:
        delete_folder(key)
        raise


def _make_sample(version: DatasetVersion, folder: Path, sample: str) -> None:
    """Build the sample once for the installation; whoever comes second takes what is there."""
    built = SampleFolder.objects.filter(sample=sample).first()
    if built is None:
        made = folder / "version"
        manifest = build_sample(sample, made, _Progress(version), settings.DATA_DIR / "downloads")
        key = f"datasets/samples/{sample}/{new_id()}"
        publish_folder(made, key)
        built, created = SampleFolder.objects.get_or_create(
            sample=sample, defaults={"storage_key": key, "manifest": manifest}
        )
        if not created:
            delete_folder(key)
    _finish(version, built.storage_key, built.manifest)


def _finish(version: DatasetVersion, storage_key: str, manifest: dict) -> None:
    _write(version, **ready_fields(storage_key, manifest))


def ready_fields(storage_key: str, manifest: dict) -> dict:
    """What a version holds once it is ready."""
    return {
        "status": Status.READY,
        "progress": 1,
        "storage_key": storage_key,
        "manifest": manifest,
        "num_rows": manifest["num_rows"],
        "size_bytes": manifest["size_bytes"],
    }


def _fail(version: DatasetVersion, error: UserError) -> None:
    fields = {name: value if isinstance(value, int | float) else str(value) for name, value in error.fields.items()}
    try:
        _write(version, status=Status.FAILED, error={"code": error.code, "path": error.path, "fields": fields})
    except Superseded:
        log.info("version %s was deleted or taken over", version.id)


def _write(version: DatasetVersion, **fields: object) -> None:
    """One fenced write; raises `Superseded` where the attempt is no longer the current one."""
    with transaction.atomic():
        mine = DatasetVersion.objects.filter(id=version.id, attempt=version.attempt, status=Status.INGESTING)
        if not mine.update(heartbeat_at=timezone.now(), **fields):
            raise Superseded


class _Progress:
    """Writes the share that is done, a few times a second at most."""

    def __init__(self, version: DatasetVersion) -> None:
        self._version = version
        self._written_at = 0.0

    def __call__(self, share: float) -> None:
        now = time.monotonic()
        if now - self._written_at >= PROGRESS_SECONDS:
            self._written_at = now
            _write(self._version, progress=min(max(share, 0.0), 1.0))
