import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from trainer.data import downloads, sample_pictures
from trainer.data.downloads import download_file
from trainer.data.samples import SAMPLES, build_sample, sample_is_here
from trainer.data.version import VersionReader
from trainer.errors import UserError

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Files(BaseHTTPRequestHandler):
    """Serves `files`; a path in `broken` ends half way, as often as it says. Ranges are honoured."""

    files: dict[str, bytes] = {}
    broken: dict[str, int] = {}
    asked: list[tuple[str, str | None]] = []

    def do_GET(self) -> None:
        data = self.files.get(self.path)
        self.asked.append((self.path, self.headers["Range"]))
        if data is None:
            self.send_error(404)
            return
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if self.headers["Range"] else 0
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = len(data)
        if self.broken.get(self.path):
            self.broken[self.path] -= 1
            end = (start + len(data)) // 2
        self.wfile.write(data[start:end])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch) -> Iterator[str]:
    monkeypatch.setattr(downloads, "PAUSE_SECONDS", 0.0)
    Files.files, Files.broken, Files.asked = {"/file": CONTENT}, {}, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def fetch(url: str, target: Path, **fields) -> int:
    return download_file(url, target, **({"sha256": SHA256, "max_bytes": 10**7} | fields))


def test_file_arrives_whole_with_its_progress_and_is_not_fetched_again(server, tmp_path):
    seen: list[int] = []
    assert fetch(f"{server}/file", tmp_path / "cache" / "file", progress=seen.append) == len(CONTENT)
    assert (tmp_path / "cache" / "file").read_bytes() == CONTENT
    assert seen == sorted(seen)
    assert seen[-1] == len(CONTENT)
    fetch(f"{server}/file", tmp_path / "cache" / "file")
    assert len(Files.asked) == 1


def test_broken_download_goes_on_where_it_ended(server, tmp_path):
    Files.broken["/file"] = 2
    fetch(f"{server}/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert [asked for _, asked in Files.asked] == [
        None,
        f"bytes={len(CONTENT) // 2}-",
        f"bytes={len(CONTENT) * 3 // 4}-",
    ]


def test_download_taken_up_by_a_later_process_uses_what_is_there(server, tmp_path):
    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    fetch(f"{server}/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert Files.asked == [("/file", "bytes=1000-")]


def test_wrong_checksum_leaves_nothing_behind(server, tmp_path):
    with pytest.raises(UserError) as error:
        fetch(f"{server}/file", tmp_path / "file", sha256="0" * 64)
    assert error.value.code == "data.download_checksum"
    assert [path.name for path in tmp_path.iterdir()] == ["file.lock"]


def test_download_larger_than_allowed_is_stopped(server, tmp_path):
    with pytest.raises(UserError) as error:
        fetch(f"{server}/file", tmp_path / "file", max_bytes=1000)
    assert error.value.code == "data.download_too_large"
    assert [path.name for path in tmp_path.iterdir()] == ["file.lock"]


def test_missing_file_and_dead_server_say_so(server, tmp_path):
    for url in (f"{server}/nothing", "http://127.0.0.1:9/file"):
        with pytest.raises(UserError) as error:
            fetch(url, tmp_path / "file")
        assert error.value.code == "data.download_failed"
        assert url in error.value.message("zh")


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


def test_pictures_sample_is_built_from_a_mirror(server, tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    parts = {
        "train-images-idx3-ubyte.gz": random.integers(0, 256, (200, 28, 28), np.uint8),
        "train-labels-idx1-ubyte.gz": np.arange(200, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte.gz": random.integers(0, 256, (50, 28, 28), np.uint8),
        "t10k-labels-idx1-ubyte.gz": np.arange(50, dtype=np.uint8) % 10,
    }
    Files.files = {f"/mnist/{name}": idx(array) for name, array in parts.items()}
    checksums = {name: hashlib.sha256(idx(array)).hexdigest() for name, array in parts.items()}
    source = sample_pictures.SOURCES["mnist"]
    small = sample_pictures.Source(source.url, checksums, source.classes)
    monkeypatch.setattr(sample_pictures, "SOURCES", {"mnist": small})
    monkeypatch.setenv("LAYERLOOM_SAMPLES_URL", server)
    shares: list[float] = []

    manifest = build_sample("mnist", tmp_path / "version", shares.append, tmp_path / "cache")

    assert manifest["splits"] == {"train": 180, "val": 20, "test": 50}
    assert shares == sorted(shares)
    arrays = VersionReader(tmp_path / "version").arrays(["image", "label"])
    np.testing.assert_array_equal(arrays["image"][:200, :, :, 0], parts["train-images-idx3-ubyte.gz"])
    assert arrays["label"][200:].tolist() == [index % 10 for index in range(50)]


def test_folder_of_this_machine_is_preferred_to_a_download(tmp_path, monkeypatch):
    assert not sample_is_here(SAMPLES["mnist"])
    (tmp_path / "train-images-idx3-ubyte.gz").touch()
    monkeypatch.setenv("LAYERLOOM_MNIST_DIR", str(tmp_path))
    assert sample_is_here(SAMPLES["mnist"])


def test_damaged_file_of_a_folder_is_named(tmp_path, monkeypatch):
    for name in sample_pictures.FILES:
        (tmp_path / name).write_bytes(b"not gzip")
    monkeypatch.setenv("LAYERLOOM_MNIST_DIR", str(tmp_path))
    with pytest.raises(UserError) as error:
        build_sample("mnist", tmp_path / "version")
    assert error.value.code == "data.sample_damaged"
    assert "train-images-idx3-ubyte.gz" in str(error.value)
