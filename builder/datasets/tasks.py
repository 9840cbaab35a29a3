"""Celery's side of making versions. A message is a wake-up; a lost one is found by the sweep."""

import logging
from uuid import UUID

from celery import shared_task
from kombu.exceptions import KombuError

from builder.datasets.ingesting import pending_versions, version_ingest

log = logging.getLogger(__name__)


@shared_task(name="datasets.ingest", ignore_result=True)
def ingest_version(version_id: str) -> None:
    version_ingest(version_id=UUID(version_id))


@shared_task(name="datasets.sweep", ignore_result=True)
def ingest_sweep() -> None:
    """For beat: versions whose message or worker was lost."""
    for version_id in pending_versions():
        send_ingest(version_id)


def send_ingest(version_id: UUID) -> None:
    try:
        ingest_version.apply_async([str(version_id)], retry=False)
    except (KombuError, OSError) as error:
        log.warning("the bus cannot be reached; the sweep will start version %s: %s", version_id, error)
