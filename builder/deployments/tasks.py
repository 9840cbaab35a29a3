"""Celery's side of exports. The row of a version is the truth; a lost message is found by the sweep."""

import logging
from uuid import UUID

from celery import shared_task
from kombu.exceptions import KombuError

from builder.deployments.exporting import pending_versions, scratch_forget, usage_forget, version_export

log = logging.getLogger(__name__)


@shared_task(name="deployments.export", ignore_result=True)
def export_version(version_id: str) -> None:
    version_export(version_id=UUID(version_id))


@shared_task(name="deployments.sweep", ignore_result=True)
def sweep_versions() -> None:
    """For beat, once a minute: exports whose message or worker was lost, and usage older than is shown."""
    for version_id in pending_versions():
        send_export(version_id)
    usage_forget()
    scratch_forget()


def send_export(version_id: UUID) -> None:
    try:
        export_version.apply_async([str(version_id)], retry=False)
    except (KombuError, OSError) as error:
        log.warning("no message for the export of %s: %s; the sweep will find it", version_id, error)
