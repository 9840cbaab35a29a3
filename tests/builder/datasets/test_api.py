import base64
import io

import pytest
from PIL import Image

from builder.datasets.models import Dataset, DatasetVersion
from tests.builder.datasets.conftest import flowers_csv, pictures_zip, upload

DATASETS = "/api/v1/datasets/"


def created(api, file, **fields) -> dict:
    response = api.post(DATASETS, {"file": file, **fields}, format="multipart")
    assert response.status_code == 201, response.json()
    return response.json()


def test_sample_is_made_in_the_background_and_its_rows_can_be_read(api, ingest):
    dataset = api.post(DATASETS, {"sample": "iris"}, format="json").json()
    assert dataset["version"]["status"] == "ingesting"
    assert dataset["ready_number"] is None

    ingest()

    dataset = api.get(f"{DATASETS}{dataset['id']}/").json()
    assert dataset["version"]["status"] == "ready"
    assert dataset["version"]["num_rows"] == 150
    assert dataset["version"]["target"] == "species"
    assert dataset["version"]["splits"] == {"train": 120, "val": 15, "test": 15}
    rows = api.get(f"{DATASETS}{dataset['id']}/rows/?split=val&offset=2&limit=3").json()
    assert rows["num_rows"] == 15
    assert [row["split"] for row in rows["results"]] == ["val"] * 3
    assert set(rows["results"][0]["values"]) == {column["name"] for column in dataset["version"]["columns"]}


def test_second_person_opens_a_built_sample_without_waiting(api, stranger_api, ingest):
    api.post(DATASETS, {"sample": "iris"}, format="json")
    ingest()

    dataset = stranger_api.post(DATASETS, {"sample": "iris"}, format="json").json()

    assert dataset["version"]["status"] == "ready"
    assert DatasetVersion.objects.values("storage_key").distinct().count() == 1


def test_opening_a_sample_twice_gives_the_same_data_set(api):
    first = api.post(DATASETS, {"sample": "wine"}, format="json").json()
    second = api.post(DATASETS, {"sample": "wine"}, format="json").json()
    assert first["id"] == second["id"]


def test_samples_speak_the_readers_language(api):
    english = api.get("/api/v1/samples/").json()["results"]
    chinese = api.get("/api/v1/samples/", headers={"accept-language": "zh-Hans"}).json()["results"]
    assert {entry["id"] for entry in english} == {
        "digits", "iris", "wine", "breast-cancer", "diabetes", "food-reviews", "mnist", "fashion-mnist",
    }  # fmt: skip
    assert english[0]["summary"] != chinese[0]["summary"]
    assert all(entry["here"] for entry in english if entry["id"] == "iris")


def test_uploaded_csv_becomes_columns_with_statistics(api, ingest):
    dataset = created(api, upload("flowers.csv", flowers_csv()))
    ingest()

    version = api.get(f"{DATASETS}{dataset['id']}/").json()["version"]
    columns = {column["name"]: column for column in version["columns"]}
    assert dataset["name"] == "flowers"
    assert {name: column["kind"] for name, column in columns.items()} == {
        "height": "number", "petals": "number", "note": "text", "kind": "category",
    }  # fmt: skip
    assert columns["height"]["missing"] == 3
    assert sum(columns["height"]["histogram"]["counts"]) == 57
    assert columns["kind"]["values"] == ["lily", "rose", "tulip"]
    assert columns["kind"]["counts"] == [20, 20, 20]
    assert version["target"] == "kind"


def test_uploaded_plain_text_becomes_rows_of_text_in_order(api, ingest):
    story = "\n\n".join(f"{number}. A fox went out on a chilly night." for number in range(40))
    dataset = created(api, upload("story.txt", story.encode()))
    ingest()

    version = api.get(f"{DATASETS}{dataset['id']}/").json()["version"]
    rows = api.get(f"{DATASETS}{dataset['id']}/rows/?limit=100").json()["results"]
    assert dataset["name"] == "story"
    assert [(column["name"], column["kind"]) for column in version["columns"]] == [("text", "text")]
    assert version["target"] is None
    assert "\n\n".join(row["values"]["text"] for row in rows) == story


def test_upload_is_not_kept_once_it_has_been_read(api, ingest, data_dir):
    created(api, upload("flowers.csv", flowers_csv()))
    ingest()
    assert list((data_dir / "files" / "uploads").iterdir()) == []
    assert list((data_dir / "tmp").iterdir()) == []


def test_changing_a_kind_makes_a_new_version_and_leaves_the_old(api, ingest):
    dataset = created(api, upload("flowers.csv", flowers_csv()))
    ingest()
    address = f"{DATASETS}{dataset['id']}/"

    changed = api.patch(address, {"kinds": {"petals": "category"}, "split": {"seed": 5}}, format="json")
    assert changed.status_code == 200
    assert changed.json()["version"]["number"] == 2
    ingest()

    kinds = [
        {column["name"]: column["kind"] for column in api.get(f"{address}versions/{number}/").json()["columns"]}
        for number in (1, 2)
    ]
    assert [kind["petals"] for kind in kinds] == ["number", "category"]
    assert api.get(address).json()["version"]["split_settings"]["seed"] == 5
    assert [version["number"] for version in api.get(f"{address}versions/").json()["results"]] == [2, 1]


def test_kind_that_the_values_deny_is_refused_with_the_row(api, ingest):
    dataset = created(api, upload("flowers.csv", flowers_csv()))
    ingest()

    refused = api.patch(f"{DATASETS}{dataset['id']}/", {"kinds": {"note": "number"}}, format="json")

    assert refused.status_code == 400
    assert refused.json()["code"] == "upload.not_of_kind"
    assert refused.json()["details"][0]["path"] == "row 1, column note"
    assert DatasetVersion.objects.filter(dataset=dataset["id"]).count() == 1


def test_uploaded_pictures_come_back_as_they_were(api, ingest):
    dataset = created(api, upload("animals.zip", pictures_zip()))
    ingest()
    address = f"{DATASETS}{dataset['id']}/"

    row = api.get(f"{address}rows/?limit=1").json()["results"][0]
    inline = Image.open(io.BytesIO(base64.b64decode(row["values"]["image"].partition(",")[2])))
    alone = api.get(f"{address}versions/1/images/0/{row['index']}/")

    assert alone["Content-Type"] == "image/png"
    assert alone["X-Content-Type-Options"] == "nosniff"
    assert inline.size == (12, 12)
    assert inline.tobytes() == Image.open(io.BytesIO(alone.content)).tobytes()
    assert api.get(f"{address}versions/1/images/1/0/").status_code == 404
    assert api.get(f"{address}versions/1/images/0/20/").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("a.csv", b"", 400, "upload.empty"),
        ("a.csv", b"a,b\n1,2\n1\n", 400, "csv.too_few_values"),
        ("a.csv", b"a,b\n", 400, "csv.header_only"),
        ("network.pt", pictures_zip(), 415, "upload.type_refused"),
        ("a.zip", pictures_zip(extra={"archive/data.pkl": b"x"}), 415, "upload.type_refused"),
        ("a.csv", b"\x80\x04\x95\x05", 415, "upload.type_refused"),
        ("a.txt", b"\x80\x04\x95\x05", 415, "upload.type_refused"),
        ("a.txt", b"Once upon a time.", 400, "upload.text_short"),
        ("a.md", b"\xff\xfeO\x00n\x00", 400, "upload.text_binary"),
        ("a.txt", b"caf\xe9", 400, "upload.text_encoding"),
        ("a.zip", pictures_zip(extra={"../up.png": b"x"}), 400, "archive.bad_name"),
        ("a.zip", b"PK\x03\x04 and no more", 400, "archive.unreadable"),
    ],
)
def test_broken_file_is_refused_at_once_and_nothing_is_stored(api, data_dir, name, data, status, code):
    response = api.post(DATASETS, {"file": upload(name, data)}, format="multipart")

    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["message"]
    assert not Dataset.objects.exists()
    assert [path for path in data_dir.rglob("*") if path.is_file()] == []


def test_error_found_while_reading_is_kept_and_read_in_either_language(api, ingest, data_dir):
    dataset = created(api, upload("one.csv", b"a,b\n" + b"1,x\n" * 30), target="b")
    ingest()
    address = f"{DATASETS}{dataset['id']}/"

    english = api.get(address).json()["version"]
    chinese = api.get(address, headers={"accept-language": "zh-Hans"}).json()["version"]

    assert english["status"] == "failed"
    assert english["error"]["code"] == "upload.one_class"
    assert english["error"]["message"] != chinese["error"]["message"]
    assert [path for path in data_dir.rglob("*") if path.is_file()] == []


def test_rows_of_a_version_that_is_not_ready_say_so(api):
    dataset = api.post(DATASETS, {"sample": "iris"}, format="json").json()
    response = api.get(f"{DATASETS}{dataset['id']}/rows/")
    assert (response.status_code, response.json()["code"]) == (409, "dataset.not_ready")


@pytest.mark.parametrize("query", ["split=all", "offset=-1", "limit=0", "limit=x", "owner__email=a"])
def test_query_that_is_not_known_is_refused(api, ingest, query):
    dataset = api.post(DATASETS, {"sample": "iris"}, format="json").json()
    ingest()
    assert api.get(f"{DATASETS}{dataset['id']}/rows/?{query}").status_code == 400


def test_renaming_keeps_the_versions(api, ingest):
    dataset = api.post(DATASETS, {"sample": "iris"}, format="json").json()
    ingest()
    renamed = api.patch(f"{DATASETS}{dataset['id']}/", {"name": "鸢尾花 <b>"}, format="json").json()
    assert renamed["name"] == "鸢尾花 <b>"
    assert renamed["num_versions"] == 1


@pytest.mark.parametrize(
    "body", [{"name": "a\u0000b"}, {"name": ""}, {"kinds": {"x": "video"}}, {"owner": 1}, {"split": {"val": 2}}]
)
def test_change_that_cannot_be_taken_is_refused(api, ingest, body):
    dataset = api.post(DATASETS, {"sample": "iris"}, format="json").json()
    ingest()
    assert api.patch(f"{DATASETS}{dataset['id']}/", body, format="json").status_code == 400


def test_somebody_elses_data_set_is_not_found(api, stranger_api, ingest):
    dataset = api.post(DATASETS, {"sample": "iris"}, format="json").json()
    ingest()
    address = f"{DATASETS}{dataset['id']}/"

    for path in ("", "rows/", "versions/", "versions/1/", "versions/1/images/0/0/"):
        assert stranger_api.get(address + path).status_code == 404
    assert stranger_api.patch(address, {"name": "mine"}, format="json").status_code == 404
    assert stranger_api.delete(address).status_code == 404
    assert stranger_api.get(DATASETS).json()["results"] == []
    assert api.get(address).json()["name"] == "Iris flowers"


def test_deleting_removes_the_files_but_never_those_of_a_shared_sample(
    api, ingest, data_dir, django_capture_on_commit_callbacks
):
    sample = api.post(DATASETS, {"sample": "iris"}, format="json").json()
    own = created(api, upload("flowers.csv", flowers_csv()))
    ingest()

    with django_capture_on_commit_callbacks(execute=True):
        for dataset in (sample, own):
            assert api.delete(f"{DATASETS}{dataset['id']}/").status_code == 204

    kept = {path.parent.relative_to(data_dir / "files").parts[1] for path in data_dir.rglob("manifest.json")}
    assert kept == {"samples"}
