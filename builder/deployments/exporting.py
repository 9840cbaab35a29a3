"""Exporting a version: a fresh process writes the bundle, which is stored before the row says ready.

A claim lasts `CLAIM_SECONDS`, longer than a process may take; only its holder writes the outcome.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from builder.deployments.announcements import announce_deployment
from builder.deployments.models import Deployment, DeploymentVersion, RequestLog, UsageMinute
from builder.files import delete_folder, local_folder, publish_folder
from trainer.serving.bundle import bundle_bytes

EXPORT_SECONDS = 300
CLAIM_SECONDS = 420
MAX_ATTEMPTS = 3
PENDING_SECONDS = 30
USAGE_DAYS = 8
NUM_LAST_REQUESTS = 200
SCRATCH_PREFIX = "export-"

Status = DeploymentVersion.Status


def deployment_folder(deployment_id: UUID) -> str:
    """The key of the folder that holds the bundles of all its versions."""
    return f"deployments/{deployment_id}"


class ExportError(Exception):
    """The export ended without a bundle. `code` and `fields` say why, to the person."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.error = {"code": code, "fields": fields}


def version_export(*, version_id: UUID) -> None:
    """Export the version if it still waits for it. Doing it twice does no harm; the first outcome stays."""
    version = _claim(version_id)
    if version is None:
        return
    if version.num_attempts > MAX_ATTEMPTS:
        _fail(version, {"code": "deployment.export_lost", "fields": {"attempts": MAX_ATTEMPTS}})
        return
    key = f"{deployment_folder(version.deployment_id)}/{version.number}-{version.num_attempts}"
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH_PREFIX, dir=settings.DATA_DIR))
    try:
        report = _run_export(local_folder(version.checkpoint_key), scratch / "bundle")
        size_bytes = bundle_bytes(scratch / "bundle")
        publish_folder(scratch / "bundle", key)
    except ExportError as error:
        _fail(version, error.error)
    else:
        if not _succeed(version, key, report, size_bytes):
            delete_folder(key)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def pending_versions() -> list[UUID]:
    """Versions that wait for an export although nobody is at it."""
    now = timezone.now()
    unheld = Q(claimed_at=None, created_at__lt=now - timedelta(seconds=PENDING_SECONDS)) | Q(
        claimed_at__lt=now - timedelta(seconds=CLAIM_SECONDS)
    )
    return list(DeploymentVersion.objects.filter(unheld, status=Status.EXPORTING).values_list("id", flat=True))


def scratch_forget() -> None:
    """Delete what exports left behind whose worker was killed."""
    for folder in settings.DATA_DIR.glob(f"{SCRATCH_PREFIX}*"):
        if time.time() - folder.stat().st_mtime > CLAIM_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def usage_forget() -> None:
    """Delete the minutes that no page shows any more, and all but the last requests of each deployment."""
    UsageMinute.objects.filter(minute__lt=timezone.now() - timedelta(days=USAGE_DAYS)).delete()
    for deployment_id in Deployment.objects.values_list("id", flat=True):
        requests = RequestLog.objects.filter(deployment_id=deployment_id).order_by("-time", "-id")
        oldest_kept = requests.values_list("time", flat=True)[NUM_LAST_REQUESTS - 1 : NUM_LAST_REQUESTS].first()
        if oldest_kept is not None:
            requests.filter(time__lt=oldest_kept).delete()


def _claim(version_id: UUID) -> DeploymentVersion | None:
    now = timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - timedelta(seconds=CLAIM_SECONDS))
    claimed = DeploymentVersion.objects.filter(free, id=version_id, status=Status.EXPORTING).update(
        claimed_at=now, num_attempts=F("num_attempts") + 1
    )
    return DeploymentVersion.objects.select_related("deployment").get(id=version_id) if claimed else None


def _run_export(checkpoint: Path, target: Path) -> dict:
    command = [sys.executable, "-m", "trainer.serving.export", str(checkpoint), str(target)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=EXPORT_SECONDS, cwd=settings.BASE_DIR, check=False
        )
    except subprocess.TimeoutExpired:
        raise ExportError("deployment.export_timeout", seconds=EXPORT_SECONDS) from None
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines:
        return json.loads(lines[-1])
    if done.returncode == 1 and lines:
        error = json.loads(lines[-1])["error"]
        raise ExportError(error["code"], **error["fields"])
    reason = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
    raise ExportError("deployment.export_failed", reason=reason[0][:300])


def _succeed(version: DeploymentVersion, key: str, report: dict, size_bytes: int) -> bool:
    """The version is ready, and serves unless a later one already does. False where the claim was lost."""
    with transaction.atomic():
        changed = _held(version).update(
            status=Status.READY,
            storage_key=key,
            runtime=report["runtime"],
            report=report,
            size_bytes=size_bytes,
            ready_at=timezone.now(),
        )
        if not changed:
            return False
        Deployment.objects.filter(
            Q(active_version=None) | Q(active_version__number__lt=version.number), id=version.deployment_id
        ).update(active_version=version, updated_at=timezone.now())
        announce_deployment(version.deployment.slug)
    return True


def _fail(version: DeploymentVersion, error: dict) -> None:
    _held(version).update(status=Status.FAILED, error=error)


def _held(version: DeploymentVersion):
    return DeploymentVersion.objects.filter(id=version.id, status=Status.EXPORTING, num_attempts=version.num_attempts)
