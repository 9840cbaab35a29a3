"""Exports as the worker does them: claimed, in a process of their own, stored, and put to work."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils import timezone

from builder.deployments.exporting import CLAIM_SECONDS, MAX_ATTEMPTS, pending_versions, usage_forget, version_export
from builder.deployments.models import Deployment, DeploymentVersion, RequestLog, UsageMinute
from builder.deployments.services import deployment_create
from tests.checkpoints import chain, write_image_checkpoint

pytestmark = pytest.mark.django_db(transaction=True)

DENSE = chain(("Flatten", {}), ("Linear", {"out_features": 10}), shape=[1, 8, 8])


@pytest.fixture
def version(person, checkpoint) -> DeploymentVersion:
    """A first version that waits for its export."""
    return deployment_create(user=person, checkpoint=checkpoint, name="Digits").versions.get()


def make_older(version: DeploymentVersion, **fields) -> None:
    DeploymentVersion.objects.filter(id=version.id).update(**fields)


def test_exported_version_is_stored_and_serves(version, checkpoint):
    write_image_checkpoint(settings.FILES_DIR / checkpoint.storage_key, DENSE)
    version_export(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.runtime, version.error) == ("ready", "onnx", None)
    assert version.report["num_parameters"] == 650
    assert set(version.report["parity"]["largest_difference"]) == {"1", "2", "7"}
    assert default_storage.exists(f"{version.storage_key}/graph.onnx")
    assert version.size_bytes > 0
    assert Deployment.objects.get().active_version == version
    assert not list(settings.DATA_DIR.glob("export-*"))
    version_export(version_id=version.id)
    assert DeploymentVersion.objects.get().num_attempts == 1


def test_export_without_its_checkpoint_fails_with_a_reason_and_nothing_stored(api, version):
    version_export(version_id=version.id)
    version.refresh_from_db()
    assert version.status == "failed"
    assert Deployment.objects.get().active_version is None
    assert not default_storage.exists(f"deployments/{version.deployment_id}")
    (shown,) = api.get(f"/api/v1/deployments/{version.deployment.slug}/versions/").json()
    assert shown["error"]["code"] == "deployment.export_failed"
    assert shown["error"]["message"]
    assert not list(settings.DATA_DIR.glob("export-*"))


def test_sweep_finds_what_was_lost_and_nothing_that_is_held(version):
    assert pending_versions() == []
    make_older(version, created_at=timezone.now() - timedelta(minutes=2))
    assert pending_versions() == [version.id]
    make_older(version, claimed_at=timezone.now())
    assert pending_versions() == []
    make_older(version, claimed_at=timezone.now() - timedelta(seconds=CLAIM_SECONDS + 1))
    assert pending_versions() == [version.id]
    make_older(version, status="ready")
    assert pending_versions() == []


def test_version_that_is_held_is_not_exported_twice(version):
    make_older(version, claimed_at=timezone.now())
    version_export(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.num_attempts) == ("exporting", 0)


def test_export_that_never_comes_to_an_end_is_given_up(version):
    long_ago = timezone.now() - timedelta(seconds=CLAIM_SECONDS + 1)
    make_older(version, claimed_at=long_ago, num_attempts=MAX_ATTEMPTS)
    version_export(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.error["code"]) == ("failed", "deployment.export_lost")


def test_usage_older_than_is_shown_and_all_but_the_last_requests_are_forgotten(deployment):
    now = timezone.now()
    for days in (0, 7, 9):
        UsageMinute.objects.create(deployment=deployment, version_number=1, minute=now - timedelta(days=days))
    RequestLog.objects.bulk_create(
        RequestLog(
            deployment=deployment,
            time=now - timedelta(seconds=n),
            request_id=str(n),
            version_number=1,
            status=200,
            num_rows=1,
            latency_ms=1.0,
        )
        for n in range(250)
    )
    usage_forget()
    assert UsageMinute.objects.count() == 2
    assert RequestLog.objects.count() == 200
    assert RequestLog.objects.filter(request_id="0").exists()
    assert not RequestLog.objects.filter(request_id="249").exists()
