from datetime import timedelta

import pytest
from django.utils import timezone

from builder.datasets import ingesting
from builder.datasets.ingesting import LEASE, pending_versions, version_ingest
from builder.datasets.models import Dataset, DatasetVersion, SampleFolder
from builder.datasets.services import dataset_create_from_sample, dataset_create_from_upload, dataset_revise
from tests.builder.datasets.conftest import flowers_csv, upload
from trainer.data.samples import build_sample
from trainer.errors import UserError


@pytest.fixture
def version(person) -> DatasetVersion:
    return dataset_create_from_sample(owner=person, sample_id="iris").versions.get()


def age(version: DatasetVersion, **fields) -> None:
    DatasetVersion.objects.filter(id=version.id).update(**fields)


def test_version_is_made_once_however_often_it_is_woken(version):
    version_ingest(version_id=version.id)
    version_ingest(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.attempt) == ("ready", 1)


def test_version_somebody_is_at_is_left_alone(version):
    age(version, heartbeat_at=timezone.now(), attempt=1)
    version_ingest(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.attempt) == ("ingesting", 1)


def test_sweep_finds_lost_messages_and_lost_workers_and_nothing_else(person, version):
    now = timezone.now()
    assert pending_versions() == []
    age(version, created_at=now - timedelta(minutes=1))
    assert pending_versions() == [version.id]
    age(version, heartbeat_at=now - timedelta(seconds=5))
    assert pending_versions() == []
    age(version, heartbeat_at=now - LEASE - timedelta(seconds=1))
    assert pending_versions() == [version.id]
    age(version, status="failed")
    assert pending_versions() == []


def test_attempt_that_was_given_up_writes_nothing_more(person, version, monkeypatch, data_dir):
    """While the first attempt builds, its lease runs out and a second one finishes."""

    def build_slowly(*args):
        manifest = build_sample(*args)
        age(version, attempt=2, progress=0.5)
        return manifest

    monkeypatch.setattr(ingesting, "build_sample", build_slowly)
    version_ingest(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.progress, version.attempt) == ("ingesting", 0.5, 2)
    assert list((data_dir / "tmp").iterdir()) == []


def test_upload_whose_attempt_was_given_up_leaves_no_folder(person, monkeypatch, data_dir):
    dataset = dataset_create_from_upload(owner=person, file=upload("f.csv", flowers_csv()))
    version = dataset.versions.get()
    publish = ingesting.publish_folder

    def publish_late(*args):
        publish(*args)
        age(version, attempt=2)

    monkeypatch.setattr(ingesting, "publish_folder", publish_late)
    version_ingest(version_id=version.id)
    assert list((data_dir / "files").rglob("manifest.json")) == []


def test_version_deleted_while_it_is_made_is_forgotten(person, monkeypatch, data_dir):
    dataset = dataset_create_from_upload(owner=person, file=upload("f.csv", flowers_csv()))
    version = dataset.versions.get()
    publish = ingesting.publish_folder

    def publish_and_delete(*args):
        publish(*args)
        Dataset.objects.get(id=dataset.id).delete()

    monkeypatch.setattr(ingesting, "publish_folder", publish_and_delete)
    version_ingest(version_id=version.id)
    assert list((data_dir / "files").rglob("manifest.json")) == []


def test_version_that_kills_its_worker_each_time_is_given_up(version):
    age(version, attempt=3, heartbeat_at=timezone.now() - LEASE * 2)
    version_ingest(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.error["code"]) == ("failed", "upload.interrupted")


def test_mistake_of_ours_fails_the_version_and_says_so(version, monkeypatch):
    def broken(*args):
        raise RuntimeError("a mistake")

    monkeypatch.setattr(ingesting, "build_sample", broken)
    version_ingest(version_id=version.id)
    version.refresh_from_db()
    assert (version.status, version.error["code"]) == ("failed", "upload.broken")


def test_sample_that_failed_can_be_opened_again(person, version, monkeypatch):
    age(version, status="failed", error={"code": "upload.broken", "path": "", "fields": {}})
    again = dataset_create_from_sample(owner=person, sample_id="iris")
    assert again.id != version.dataset_id
    assert again.versions.get().status == "ingesting"


def test_two_who_build_a_sample_at_once_share_one_folder(person, stranger, monkeypatch, data_dir):
    first, second = (
        dataset_create_from_sample(owner=owner, sample_id="iris").versions.get() for owner in (person, stranger)
    )

    def build_while_another_finishes(*args):
        monkeypatch.setattr(ingesting, "build_sample", build_sample)
        version_ingest(version_id=second.id)
        return build_sample(*args)

    monkeypatch.setattr(ingesting, "build_sample", build_while_another_finishes)
    version_ingest(version_id=first.id)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.storage_key == second.storage_key == SampleFolder.objects.get().storage_key
    assert len(list((data_dir / "files").rglob("manifest.json"))) == 1


def test_progress_is_written_while_an_upload_is_read(person, monkeypatch):
    dataset = dataset_create_from_upload(owner=person, file=upload("f.csv", flowers_csv()))
    seen: list[float] = []
    ingest_upload = ingesting.ingest_upload

    def watched(*args, progress, **fields):
        progress(0.25)
        seen.append(dataset.versions.get().progress)
        return ingest_upload(*args, progress=progress, **fields)

    monkeypatch.setattr(ingesting, "ingest_upload", watched)
    version_ingest(version_id=dataset.versions.get().id)
    assert seen == [0.25]
    assert dataset.versions.get().progress == 1


def test_data_set_in_use_is_not_deleted(api, person, version):
    version_ingest(version_id=version.id)
    api.post("/api/v1/projects/", {"name": "p"}, format="json")
    project = version.projects.model.objects.get()
    project.dataset_version = version
    project.save()

    response = api.delete(f"/api/v1/datasets/{version.dataset_id}/")

    assert (response.status_code, response.json()["code"]) == (409, "dataset.in_use")
    assert Dataset.objects.filter(id=version.dataset_id).exists()


def test_revision_waits_for_a_version_that_is_ready(version):
    with pytest.raises(UserError) as error:
        dataset_revise(dataset=version.dataset, changes={"target": None})
    assert error.value.code == "dataset.not_ready"
