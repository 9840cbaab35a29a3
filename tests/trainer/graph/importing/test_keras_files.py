"""Files of strangers that call themselves Keras: what is not plain is refused before a library follows it."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from trainer.errors import UserError
from trainer.graph.importing import keras_hdf5
from trainer.graph.importing.files import import_file
from trainer.graph.importing.keras_hdf5 import read_hdf5

MODELS = Path(__file__).parent / "keras_models"
DENSE = (MODELS / "dense.keras").read_bytes()
GRAPH = {
    "class_name": "Sequential",
    "config": {
        "name": "m",
        "layers": [{"class_name": "Dense", "config": {"name": "d", "units": 2, "batch_input_shape": [None, 3]}}],
    },
}


def archive(entries: list[tuple[str, bytes]], packing: int = zipfile.ZIP_STORED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as written:
        for name, content in entries:
            written.writestr(zipfile.ZipInfo(name), content, packing)
    return data.getvalue()


def refused(data: bytes, name: str = "model.keras", graph: Any = None) -> str:
    with pytest.raises(UserError) as caught:
        import_file(data, name, graph)
    assert caught.value.message("zh") != caught.value.message("en")
    return caught.value.code


def hdf5(write: Callable[[Any], None]) -> bytes:
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        write(file)
    return data.getvalue()


def of_weights(kernel: np.ndarray[Any, Any]) -> bytes:
    def write(file: Any) -> None:
        file["layers/dense/vars/0"] = kernel
        file["layers/dense/vars/1"] = np.zeros(2, np.float32)

    return hdf5(write)


def test_a_model_is_known_by_its_content_whatever_it_is_called() -> None:
    for name in ("model.keras", "model.zip", "model", "MODEL.KERAS"):
        assert len(import_file(DENSE, name).weights) == 10
    assert import_file(of_weights(np.ones((3, 2), np.float32)), "w", GRAPH).weights["d.weight"].shape == (2, 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "import.broken_keras"),
        (b"PK\x03\x04", "import.broken_keras"),
        (DENSE[:-1], "import.broken_keras"),
        (DENSE[: len(DENSE) // 2], "import.broken_keras"),
        (DENSE + b"\0" * 30, "import.broken_keras"),
        (archive([]), "import.broken_keras"),
        (archive([("model.weights.h5", b"")]), "import.broken_keras"),
        (archive([("config.json", b"{}")]), "import.broken_keras"),
        (archive([("config.json", b"[1]")]), "import.broken_keras"),
        (archive([("config.json", b"not json")]), "graph.not_json"),
        (archive([("config.json", b"[" * 100_000)]), "graph.too_deep"),
        (archive([("config.json", json.dumps(GRAPH).encode()), ("model.weights.h5", b"x")]), "import.broken_keras"),
        (archive([("config.json", b" " * (17 * 2**20))], zipfile.ZIP_DEFLATED), "import.too_large"),
        (archive([("config.json", b"{}")], zipfile.ZIP_LZMA), "import.broken_keras"),
        (archive([(f"assets/{number}", b"") for number in range(2000)]), "import.too_many_parts"),
        (archive([(f"{number}" + "x" * 60_000, b"") for number in range(20)]), "import.too_many_parts"),
    ],
)
def test_an_archive_that_is_broken_or_swells_is_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_whose_directory_lies_is_refused() -> None:
    assert refused(archive([("config.json", b"{}"), ("config.json", b"{}")])) == "import.broken_keras"
    plain = archive([("config.json", json.dumps(GRAPH).encode())])
    place = plain.rfind(b"PK\x01\x02")
    smaller = bytearray(plain)
    smaller[place + 24 : place + 28] = (10).to_bytes(4, "little")  # the size unpacked
    assert refused(bytes(smaller)) == "import.broken_keras"
    huge = bytearray(plain)
    huge[place + 24 : place + 28] = (2**32 - 2).to_bytes(4, "little")
    assert refused(bytes(huge)) == "import.too_large"
    secret = bytearray(plain)
    secret[place + 8] |= 1
    assert refused(bytes(secret)) == "import.broken_keras"
    large = plain[:-22] + b"PK\x06\x07" + bytes(16) + plain[-22:]
    assert refused(large) == "import.too_many_parts"


def _external_link(file: Any) -> None:
    file["layers/dense/vars/0"] = h5py.ExternalLink("/etc/passwd", "/")


def _soft_link(file: Any) -> None:
    file["layers/dense/vars/0"] = h5py.SoftLink("/elsewhere")


def _cycle(file: Any) -> None:
    group = file.create_group("layers/dense")
    group["again"] = file["layers"]


def _two_places(file: Any) -> None:
    file["layers/a"] = np.zeros(3, np.float32)
    file["layers/b"] = file["layers/a"]


def _external_storage(file: Any) -> None:
    file.create_dataset("layers/dense/vars/0", (4,), "f4", external=[("/etc/passwd", 0, 16)])


def _virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "x", (4,))
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def _reference(file: Any) -> None:
    file.create_dataset("layers/dense/vars/0", data=file.ref, dtype=h5py.ref_dtype)


def _packed(file: Any) -> None:
    file.create_dataset("layers/dense/vars/0", data=np.zeros((64, 64), np.float32), compression="gzip")


def _text(file: Any) -> None:
    file["layers/dense/vars/0"] = "__import__('os')"


def _compound(file: Any) -> None:
    file["layers/dense/vars/0"] = np.zeros(2, [("a", "f4"), ("b", "f4")])


def _claims_more(file: Any) -> None:
    file.create_dataset("layers/dense/vars/0", (2**30, 2**10), "f4", chunks=(1024, 1024))


def _never_written(file: Any) -> None:
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    space = h5py.h5s.create_simple((2**20, 2**10))
    h5py.h5d.create(file.id, b"x", h5py.h5t.IEEE_F32LE, space, plist)


def _named_type(file: Any) -> None:
    file["layers"] = np.dtype("f4")


def _deep(file: Any) -> None:
    file.create_group("/".join("x" * 60))


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (_external_link, "import.keras_link"),
        (_soft_link, "import.keras_link"),
        (_external_storage, "import.keras_link"),
        (_virtual, "import.keras_link"),
        (_cycle, "import.broken_keras"),
        (_two_places, "import.broken_keras"),
        (_reference, "import.broken_keras"),
        (_packed, "import.broken_keras"),
        (_text, "import.broken_keras"),
        (_compound, "import.broken_keras"),
        (_claims_more, "import.broken_keras"),
        (_never_written, "import.broken_keras"),
        (_named_type, "import.broken_keras"),
        (_deep, "import.broken_keras"),
    ],
)
def test_hdf5_that_is_more_than_plain_numbers_is_refused(write: Callable[[Any], None], code: str) -> None:
    data = hdf5(write)
    assert refused(data, "w.weights.h5", GRAPH) == code
    whole = archive([("config.json", json.dumps(GRAPH).encode()), ("model.weights.h5", data)])
    assert refused(whole) == code


def test_too_many_parts_of_hdf5_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = hdf5(lambda file: [file.create_group(f"g{number}") for number in range(30)])
    assert read_hdf5(data).shapes == {}
    monkeypatch.setattr(keras_hdf5, "MAX_PARTS", 20)
    assert refused(data, "w.weights.h5", GRAPH) == "import.too_many_parts"


def test_hdf5_that_ends_too_early_or_is_none_is_refused() -> None:
    data = of_weights(np.ones((3, 2), np.float32))
    for part in (data[:8], data[:100], data[: len(data) // 2], data[:8] + bytes(2000), b"no hdf5"):
        assert refused(part, "w.h5", GRAPH) == "import.broken_keras"


@pytest.mark.parametrize("shape", [(3,), (2, 3), (3, 2, 1), (300, 2), ()])
def test_weights_of_another_shape_lock_their_layer(shape: tuple[int, ...]) -> None:
    found = import_file(of_weights(np.ones(shape, np.float32)), "w.weights.h5", GRAPH)
    assert [node.type for node in found.document.nodes] == ["Input", "Unknown", "Output"]
    assert found.weights == {}


def test_weights_of_half_precision_are_taken_exactly() -> None:
    kernel = np.arange(6, dtype=np.float16).reshape(3, 2) / 8
    found = import_file(of_weights(kernel), "w.weights.h5", GRAPH)
    assert found.weights["d.weight"].dtype == np.float32
    assert np.array_equal(found.weights["d.weight"], kernel.T)


def test_an_h5_file_may_carry_its_model_and_only_as_text() -> None:
    def write(file: Any) -> None:
        file["model_weights/d/d/kernel:0"] = np.ones((3, 2), np.float32)
        file["model_weights/d/d/bias:0"] = np.zeros(2, np.float32)
        file.attrs["model_config"] = json.dumps(GRAPH)
        file.attrs["keras_version"] = "2.11.0"

    found = import_file(hdf5(write), "model.h5")
    assert set(found.weights) == {"d.weight", "d.bias"}

    def hostile(file: Any) -> None:
        file.attrs["model_config"] = file.ref

    assert refused(hdf5(hostile), "model.h5") == "import.keras_no_model"
