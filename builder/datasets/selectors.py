"""Reading data sets. Everything starts from what the person may see."""

from functools import lru_cache
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from builder.datasets import messages  # noqa: F401  (registers the sentences raised here)
from builder.datasets.models import Dataset, DatasetVersion, SampleFolder
from builder.files import local_folder
from trainer.data.preview import preview_picture, preview_rows
from trainer.data.samples import SAMPLES, sample_is_here
from trainer.data.version import VersionReader
from trainer.errors import UserError


def dataset_list(*, user) -> QuerySet[Dataset]:
    """Data sets with their versions, newest first, without the manifests."""
    versions = DatasetVersion.objects.defer("manifest").order_by("-number")
    return Dataset.objects.visible_to(user).prefetch_related(Prefetch("versions", queryset=versions))


def version_list(*, user, dataset_id) -> QuerySet[DatasetVersion]:
    dataset = get_object_or_404(Dataset.objects.visible_to(user), id=dataset_id)
    return DatasetVersion.objects.visible_to(user).filter(dataset=dataset).select_related("dataset")


def version_get(*, user, dataset_id, number: int | None = None) -> DatasetVersion:
    """The version `number` of a data set; without a number, the newest that is ready, else the newest."""
    versions = version_list(user=user, dataset_id=dataset_id)
    if number is not None:
        return get_object_or_404(versions, number=number)
    ready = versions.filter(status=DatasetVersion.Status.READY).first()
    return ready or get_object_or_404(versions[:1])


def version_reader(version: DatasetVersion) -> VersionReader:
    """Raises `dataset.not_ready`."""
    if version.status != DatasetVersion.Status.READY:
        raise UserError("dataset.not_ready", status=409, name=version.dataset.name, number=version.number)
    return _reader(version.storage_key)


def rows_read(
    version: DatasetVersion, *, split: str | None, offset: int, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    return preview_rows(version_reader(version), split, offset=offset, limit=limit)


def picture_read(version: DatasetVersion, *, column: int, row: int) -> bytes | None:
    """The PNG of a row's picture, by the place of its column; None where there is no such picture."""
    reader = version_reader(version)
    columns = list(reader.facts.columns.values())
    if column >= len(columns) or columns[column].kind != "image" or row >= reader.facts.num_rows:
        return None
    return preview_picture(reader, columns[column].name, row)


def sample_list(*, user) -> list[dict[str, Any]]:
    """The samples that come along, whether each is on this machine, and the person's data set of it."""
    built = set(SampleFolder.objects.values_list("sample", flat=True))
    mine = dict(
        Dataset.objects.visible_to(user)
        .filter(owner=user)
        .exclude(sample="")
        .order_by("-id")
        .values_list("sample", "id")
    )
    return [
        {"sample": sample, "here": sample.id in built or sample_is_here(sample), "dataset": mine.get(sample.id)}
        for sample in SAMPLES.values()
    ]


@lru_cache(maxsize=32)
def _reader(storage_key: str) -> VersionReader:
    """Versions are immutable, so what has been read stays true."""
    return VersionReader(local_folder(storage_key))
