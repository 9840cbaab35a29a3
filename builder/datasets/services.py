"""What a person does with data sets. The making of a version is in `ingesting`."""

from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from builder.datasets import messages  # noqa: F401  (registers the sentences raised here)
from builder.datasets.ingesting import UPLOAD_FILE, ready_fields, upload_key, working_folder
from builder.datasets.models import Dataset, DatasetVersion, SampleFolder
from builder.datasets.tasks import send_ingest
from builder.files import delete_folder, local_folder, publish_folder
from builder.ownership import new_id
from trainer.data.ingest import check_upload
from trainer.data.picture_folders import PictureOptions
from trainer.data.revise import plan_revision
from trainer.data.samples import sample_by_id
from trainer.errors import UserError

Status = DatasetVersion.Status


def dataset_create_from_sample(*, owner, sample_id: str) -> Dataset:
    """The person's data set of a sample: the one they have, else a new one; ready at once if it has been built here."""
    sample = sample_by_id(sample_id)
    mine = Dataset.objects.visible_to(owner).filter(owner=owner, sample=sample.id)
    if dataset := mine.exclude(versions__status=Status.FAILED).order_by("id").first():
        return dataset
    with transaction.atomic():
        dataset = Dataset.objects.create(
            owner=owner, name=sample.title.en, source=Dataset.Source.SAMPLE, sample=sample.id
        )
        built = SampleFolder.objects.filter(sample=sample.id).first()
        made = ready_fields(built.storage_key, built.manifest) if built else {}
        _version_create(dataset, recipe={"kind": "sample", "sample": sample.id}, **made)
    return dataset


def dataset_create_from_upload(
    *, owner, file: UploadedFile, name: str = "", target: str | None = None, pictures: dict[str, Any] | None = None
) -> Dataset:
    """Check what is cheap to check, keep the file, and have it read. Nothing is stored where the check fails."""
    options = pictures or {}
    PictureOptions.from_json(options)
    version_id = new_id()
    with working_folder() as folder:
        kept = folder / "upload"
        kept.mkdir()
        with (kept / UPLOAD_FILE).open("wb") as sink:
            for chunk in file.chunks():
                sink.write(chunk)
        file_name = file.name or ""
        form = check_upload(kept / UPLOAD_FILE, file_name)
        publish_folder(kept, upload_key(version_id))
    try:
        with transaction.atomic():
            title = name or file_name.rpartition(".")[0] or file_name or form
            dataset = Dataset.objects.create(owner=owner, name=title[:200], source=Dataset.Source.UPLOAD)
            recipe = {"kind": "upload", "format": form, "target": target, "pictures": options}
            _version_create(dataset, recipe=recipe, id=version_id)
    except BaseException:
        delete_folder(upload_key(version_id))
        raise
    return dataset


def dataset_rename(*, dataset: Dataset, name: str) -> None:
    dataset.name = name
    dataset.save(update_fields=["name", "updated_at"])


def dataset_revise(*, dataset: Dataset, changes: dict[str, Any]) -> DatasetVersion:
    """A new version with other kinds, another target or another split; `changes` as `revise_version` takes them."""
    latest = dataset.versions.filter(status=Status.READY).first()
    if latest is None:
        newest = dataset.versions.first()
        number = newest.number if newest else 1
        raise UserError("dataset.not_ready", status=409, name=dataset.name, number=number)
    plan_revision(local_folder(latest.storage_key), **changes)
    with transaction.atomic():
        Dataset.objects.select_for_update().get(id=dataset.id)
        return _version_create(dataset, recipe={"kind": "revision", "of": str(latest.id), "changes": changes})


def dataset_delete(*, dataset: Dataset) -> None:
    """Delete the data set and its files; 409 while a project or a run uses it."""
    with transaction.atomic():
        versions = list(dataset.versions.all())
        if any(_is_used(version) for version in versions):
            raise UserError("dataset.in_use", status=409, name=dataset.name)
        shared = set(SampleFolder.objects.values_list("storage_key", flat=True))
        keys = [
            version.storage_key for version in versions if version.storage_key and version.storage_key not in shared
        ]
        uploads = [upload_key(version.id) for version in versions]
        dataset.delete()
        for key in keys + uploads:
            transaction.on_commit(partial(delete_folder, key))


def _version_create(dataset: Dataset, *, recipe: dict, **fields: Any) -> DatasetVersion:
    number = (dataset.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = DatasetVersion.objects.create(dataset=dataset, number=number, recipe=recipe, **fields)
    Dataset.objects.filter(id=dataset.id).update(updated_at=timezone.now())
    if version.status == Status.INGESTING:
        transaction.on_commit(partial(send_ingest, version.id))
    return version


def _is_used(version: DatasetVersion) -> bool:
    """Whether anything but its data set points at the version."""
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: version}).exists()
        for relation in DatasetVersion._meta.related_objects
    )
