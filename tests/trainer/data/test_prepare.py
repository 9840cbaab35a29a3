import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

from trainer.data.encoders import Encoders
from trainer.data.prepare import prepare
from trainer.data.preview import preview_rows
from trainer.data.revise import revise_version
from trainer.data.samples import SAMPLES, build_sample
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, VersionReader, write_version
from trainer.errors import UserError


@pytest.fixture(scope="module")
def digits(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("digits") / "version"
    build_sample("digits", folder)
    return folder


@pytest.fixture(scope="module")
def fashion(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fashion") / "version"
    build_sample("fashion-mnist", folder)
    return folder


@pytest.fixture
def people(tmp_path) -> Path:
    """A hundred people; every tenth age and every twentieth plan is missing."""
    rows = range(100)
    table = pl.DataFrame(
        {
            "age": [None if row % 10 == 3 else str(20 + row % 50) for row in rows],
            "city": [("Oslo", "Rome", "Bern")[row % 3] for row in rows],
            "plan": [None if row % 20 == 5 else ("gold", "basic")[row % 2] for row in rows],
            "spent": [str(row * 2.5) for row in rows],
        }
    )
    kinds = {"age": "number", "city": "category", "plan": "category", "spent": "number"}
    write_version(tmp_path / "version", Content("people", kinds, table, target="plan"), SplitSettings(seed=3))  # type: ignore[arg-type]
    return tmp_path / "version"


def graph(inputs: dict[str, list[str]], outputs: dict[str, tuple[str, str]], **encoder) -> dict:
    nodes = [
        {"id": name, "name": name, "type": "Input", "params": {"columns": columns, "encoder": encoder}}
        for name, columns in inputs.items()
    ]
    nodes += [
        {"id": name, "name": name, "type": "Output", "params": {"columns": [column], "loss": {"type": loss}}}
        for name, (column, loss) in outputs.items()
    ]
    return {"format": 1, "nodes": nodes, "edges": []}


PICTURES = graph({"image": ["image"]}, {"label": ("label", "CrossEntropyLoss")})
PEOPLE = graph({"numbers": ["age", "spent"], "place": ["city"]}, {"plan": ("plan", "CrossEntropyLoss")})


@pytest.mark.parametrize(
    ("sample", "columns"),
    [("iris", 5), ("wine", 14), ("breast-cancer", 31), ("diabetes", 11), ("digits", 2)],
)
def test_sample_is_what_the_registry_says(tmp_path, sample, columns):
    manifest = build_sample(sample, tmp_path / "version")
    assert manifest["num_rows"] == SAMPLES[sample].num_rows
    assert manifest["target"] == SAMPLES[sample].target
    assert len(manifest["columns"]) == columns
    target = next(column for column in manifest["columns"] if column["name"] == manifest["target"])
    assert target["kind"] == ("category" if SAMPLES[sample].task == "classification" else "number")


def test_fashion_mnist_keeps_its_own_test_rows_and_a_stratified_tenth_validates(fashion):
    reader = VersionReader(fashion)
    assert reader.manifest["splits"] == {"train": 54_000, "val": 6_000, "test": 10_000}
    assert reader.rows("test").tolist() == list(range(60_000, 70_000))
    labels = reader.arrays(["label"])["label"]
    assert np.unique(labels[reader.rows("val")], return_counts=True)[1].tolist() == [600] * 10
    assert reader.facts.column("label").facts["values"][-2:] == ["T-shirt/top", "Trouser"]


def test_fashion_mnist_is_prepared_as_standardised_floats(fashion):
    data = prepare(PICTURES, fashion)
    train = data.splits["train"]
    assert train.inputs["image"].shape == (54_000, 1, 28, 28)
    assert train.inputs["image"].is_contiguous()
    assert train.inputs["image"].mean().item() == pytest.approx(0, abs=1e-4)
    assert train.inputs["image"].std().item() == pytest.approx(1, abs=1e-4)
    assert train.targets["label"].bincount().tolist() == [5_400] * 10


def test_pictures_kept_as_bytes_become_the_same_floats_a_batch_at_a_time(digits):
    floats = prepare(PICTURES, digits).splits["train"]
    kept = prepare(PICTURES, digits, max_float_bytes=0).splits["train"]
    assert kept.inputs["image"].dtype == torch.uint8
    assert not floats.transforms
    assert torch.equal(kept.transforms["image"](kept.inputs["image"]), floats.inputs["image"])


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr("trainer.data.encoding.PICTURE_BYTES", 4 * 64 * 7)
    monkeypatch.setattr("trainer.data.encoding.TABLE_CELLS", 4 * 13)


def assert_same_rows(one, other):
    for split, rows in one.splits.items():
        assert rows.num_rows == other.splits[split].num_rows
        for part in ("inputs", "targets"):
            left, right = getattr(rows, part), getattr(other.splits[split], part)
            assert left.keys() == right.keys()
            assert all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("files", [True, False])
def test_rows_encoded_in_pieces_are_those_encoded_at_once(digits, tmp_path, request, files):
    whole = prepare(PICTURES, digits, max_float_bytes=0)
    request.getfixturevalue("small_pieces")
    options = {"files": tmp_path, "resident_bytes": 0} if files else {"max_float_bytes": 0}
    pieces = prepare(PICTURES, digits, whole.encoders, **options)
    assert pieces.is_mapped is files
    assert_same_rows(whole, pieces)


def test_values_of_a_piece_are_read_as_those_of_the_whole_column(tmp_path, request):
    """What a column is was decided from all of it: here no date but the last tells days from months."""
    rows = range(200)
    table = pl.DataFrame(
        {
            "day": [f"{1 + row % 9:02}/{1 + row % 12 if row < 199 else 25:02}/2024" for row in rows],
            "grade": [str(row % 3) for row in rows],
            "words": [f"w{row % 5}" if row < 100 else None for row in rows],
        }
    )
    kinds = {"day": "date", "grade": "category", "words": "category"}
    write_version(tmp_path / "version", Content("days", kinds, table, target="grade"), SplitSettings(seed=3))
    document = graph({"day": ["day"], "words": ["words"]}, {"grade": ("grade", "CrossEntropyLoss")})
    whole = prepare(document, tmp_path / "version")
    request.getfixturevalue("small_pieces")
    assert_same_rows(whole, prepare(document, tmp_path / "version"))
    assert_same_rows(whole, prepare(document, tmp_path / "version", files=tmp_path / "data", resident_bytes=0))


def test_encoders_are_fitted_on_the_training_rows_alone(people):
    reader = VersionReader(people)
    arrays = reader.arrays(["age", "plan"])
    ages = np.array([arrays["age"][row] for row in reader.rows("train") if arrays["plan"][row] is not None])
    encoders = prepare(PEOPLE, people).encoders
    assert encoders["inputs"]["numbers"]["median"][0] == np.nanmedian(ages)
    assert encoders["inputs"]["numbers"]["shift"][0] == pytest.approx(np.nanmean(ages))


def test_rows_without_a_target_are_dropped_and_counted(people):
    data = prepare(PEOPLE, people)
    assert data.num_dropped == 5
    assert sum(split.num_rows for split in data.splits.values()) == 95
    assert data.splits["train"].inputs["numbers"].shape[1] == 3
    assert data.splits["train"].inputs["place"].dtype == torch.int64


def test_stored_encoders_are_used_unchanged_and_serve_requests_alike(people):
    data = prepare(PEOPLE, people)
    again = prepare(PEOPLE, people, data.encoders)
    assert again.encoders == data.encoders
    for name, tensor in data.splits["test"].inputs.items():
        assert torch.equal(tensor, again.splits["test"].inputs[name])
    reader = VersionReader(people)
    arrays = reader.arrays(["age", "spent", "city", "plan"])
    row = next(row for row in reader.rows("test") if arrays["plan"][row] is not None)
    age = arrays["age"][row]
    instance = {
        "age": None if math.isnan(age) else float(age),
        "spent": float(arrays["spent"][row]),
        "city": arrays["city"][row],
    }
    encoded = Encoders.from_json(data.encoders).encode_instances([instance])
    for name, tensor in data.splits["test"].inputs.items():
        np.testing.assert_array_equal(encoded[name][0], tensor[0].numpy())


def test_graph_whose_target_is_no_column_needs_none(digits):
    autoencoder = graph({"image": ["image"]}, {})
    autoencoder["nodes"].append({"id": "o", "name": "again", "type": "Output", "params": {"loss": {"type": "MSELoss"}}})
    assert prepare(autoencoder, digits).splits["train"].targets == {}


def test_unknown_column_and_two_targets_are_refused(people):
    with pytest.raises(UserError) as unknown:
        prepare(graph({"x": ["nothing"]}, {}), people)
    two = graph({"x": ["age"]}, {"y": ("plan", "CrossEntropyLoss")})
    two["nodes"][1]["params"]["columns"] = ["plan", "city"]
    with pytest.raises(UserError) as many:
        prepare(two, people)
    assert (unknown.value.code, many.value.code) == ("data.unknown_column", "data.one_target")


def test_revised_version_shares_its_pictures_and_changes_the_split(digits, tmp_path):
    manifest = revise_version(digits, tmp_path / "revised", split={"seed": 9, "test": 0.2})
    assert manifest["splits"] == {"train": 1258, "val": 180, "test": 359}
    source, revised = digits / "images" / "0.npy", tmp_path / "revised" / "images" / "0.npy"
    assert source.stat().st_ino == revised.stat().st_ino
    assert VersionReader(tmp_path / "revised").manifest["columns"] == VersionReader(digits).manifest["columns"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "upload.nothing_changed"),
        ({"kinds": {"image": "text"}}, "upload.kind_image"),
        ({"kinds": {"label": "image"}}, "upload.kind_image"),
        ({"kinds": {"label": "video"}}, "upload.unknown_kind"),
        ({"kinds": {"nothing": "text"}}, "data.unknown_column"),
        ({"kinds": {"label": "date"}}, "upload.not_of_kind"),
        ({"kinds": {"label": "text"}}, "upload.target_kind"),
        ({"target": "image"}, "upload.target_kind"),
        ({"target": "nothing"}, "data.unknown_column"),
        ({"split": {"val": 0.9}}, "data.split_share"),
    ],
)
def test_revision_that_cannot_be_is_refused(digits, tmp_path, changes, code):
    with pytest.raises(UserError) as error:
        revise_version(digits, tmp_path / "revised", **changes)
    assert error.value.code == code
    assert not (tmp_path / "revised").exists()


def test_target_can_be_taken_away(digits, tmp_path):
    manifest = revise_version(digits, tmp_path / "revised", target=None)
    assert manifest["target"] is None
    assert manifest["split_settings"]["stratified_by"] is None


def test_preview_gives_the_rows_of_a_split_as_they_were(people):
    reader = VersionReader(people)
    num_rows, rows = preview_rows(reader, "val", offset=2, limit=3)
    assert num_rows == 10
    assert [row["index"] for row in rows] == reader.rows("val")[2:5].tolist()
    for row in rows:
        assert row["values"]["spent"] == row["index"] * 2.5
        assert row["values"]["city"] == ("Oslo", "Rome", "Bern")[row["index"] % 3]
    assert preview_rows(reader, None, offset=99, limit=10)[1][0]["index"] == 99
    assert preview_rows(reader, "test", offset=500, limit=10)[1] == []
