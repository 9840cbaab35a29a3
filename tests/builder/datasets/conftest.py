"""Files for data sets. The task that makes a version is called directly."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from builder.datasets.ingesting import version_ingest
from builder.datasets.models import DatasetVersion


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings) -> Path:
    """A data directory of the test's own."""
    settings.DATA_DIR = tmp_path
    settings.FILES_DIR = tmp_path / "files"
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**django_settings.STORAGES, "default": storage}
    return tmp_path


@pytest.fixture
def ingest() -> Callable[[], None]:
    """Make every version that waits, as the worker would."""

    def make_all() -> None:
        for version_id in DatasetVersion.objects.filter(status="ingesting").values_list("id", flat=True):
            version_ingest(version_id=version_id)

    return make_all


def flowers_csv(num_rows: int = 60) -> bytes:
    random = np.random.default_rng(0)
    lines = ["height,petals,note,kind"]
    for row in range(num_rows):
        kind = ("rose", "tulip", "lily")[row % 3]
        height = "" if row % 20 == 7 else f"{random.normal(30 + 10 * (row % 3), 3):.2f}"
        lines.append(f"{height},{random.integers(5, 40)},seen on the walk number {row},{kind}")
    return "\n".join(lines).encode()


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def pictures_zip(num_pictures: int = 20, *, extra: dict[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index in range(num_pictures):
            archive.writestr(f"{'cat' if index % 2 else 'dog'}/{index}.png", png(index))
        for name, data in (extra or {}).items():
            archive.writestr(name, data)
    return buffer.getvalue()


def png(shade: int, size: int = 12, mode: str = "L") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (size, size), shade).save(buffer, "PNG")
    return buffer.getvalue()
