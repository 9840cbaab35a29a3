import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from trainer.data.archives import ArchiveLimits, open_archive
from trainer.data.ingest import ingest_upload
from trainer.data.picture_folders import PictureOptions
from trainer.data.version import VersionReader
from trainer.errors import UserError


def picture(shade: int = 0, size: tuple[int, int] = (6, 4), mode: str = "L", form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, shade if mode == "L" else (shade, 0, 255)).save(buffer, form)
    return buffer.getvalue()


def entry(name: str, data: bytes = b"x", mode: int | None = None) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    if mode is not None:
        info.external_attr = mode << 16
    return info, data


def write_zip(path: Path, entries: list[tuple[zipfile.ZipInfo, bytes]], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for info, data in entries:
            archive.writestr(info, data, compress_type=compression)
    return path


def good(num_pictures: int = 12, **fields) -> list[tuple[zipfile.ZipInfo, bytes]]:
    return [entry(f"{'ab'[index % 2]}/{index}.png", picture(index, **fields)) for index in range(num_pictures)]


def refusal(path: Path, target: Path, options: PictureOptions | None = None) -> UserError:
    with pytest.raises(UserError) as error:
        ingest_upload(path, "zip", target, name="t", pictures=options)
    assert error.value.message("en") != error.value.message("zh")
    assert not (target / "manifest.json").exists()
    return error.value


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (entry("../a/1.png"), "archive.bad_name"),
        (entry("a/../../1.png"), "archive.bad_name"),
        (entry("/etc/1.png"), "archive.bad_name"),
        (entry("a\\..\\1.png"), "archive.bad_name"),
        (entry("C:/1.png"), "archive.bad_name"),
        (entry("a/%2e%2e/1.png"), "archive.bad_name"),
        (entry("a/1\n.png"), "archive.bad_name"),
        (entry("a/link.png", b"/etc/passwd", stat.S_IFLNK | 0o777), "archive.link"),
        (entry("a/pipe.png", b"", stat.S_IFIFO | 0o600), "archive.link"),
        (entry("a/more.png", b"PK\x03\x04rest"), "archive.nested"),
        (entry("a/more.gz", b"\x1f\x8b\x08rest"), "archive.nested"),
        (entry("A/0.PNG"), "archive.duplicate"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0].filename,
)
def test_one_bad_entry_refuses_the_whole_archive(tmp_path, bad, code):
    path = write_zip(tmp_path / "z.zip", [*good(), bad])
    assert refusal(path, tmp_path / "version").code == code


def test_name_with_nul_is_seen_though_the_library_cuts_it(tmp_path):
    path = write_zip(tmp_path / "z.zip", [*good(), entry("a/9xpng.png")])
    path.write_bytes(path.read_bytes().replace(b"a/9xpng.png", b"a/9\0png.png"))
    assert refusal(path, tmp_path / "version").code == "archive.bad_name"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_same_name_twice_is_refused(tmp_path):
    path = write_zip(tmp_path / "z.zip", [*good(), entry("a/0.png")])
    assert refusal(path, tmp_path / "version").code == "archive.duplicate"


def test_header_that_says_too_little_is_found_while_inflating(tmp_path):
    path = write_zip(tmp_path / "z.zip", [*good(), entry("a/bomb.png", b"\0" * 10**6)], zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, place + 24, 10)  # the size after inflating, in the directory
    path.write_bytes(data)
    assert refusal(path, tmp_path / "version").code == "archive.lying_header"


def test_entries_that_share_bytes_are_refused(tmp_path):
    path = write_zip(tmp_path / "z.zip", good())
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", directory + 4)
    data[second + 42 : second + 46] = data[directory + 42 : directory + 46]
    path.write_bytes(data)
    assert refusal(path, tmp_path / "version").code == "archive.lying_header"


def test_encrypted_entry_is_refused(tmp_path):
    path = write_zip(tmp_path / "z.zip", good())
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    path.write_bytes(data)
    assert refusal(path, tmp_path / "version").code == "archive.encrypted"


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x05\x06", b"nothing", b"PK\x05\x06" + b"\0" * 18 + b"rest"])
def test_damaged_archive_is_refused(tmp_path, data):
    path = tmp_path / "z.zip"
    path.write_bytes(data)
    assert refusal(path, tmp_path / "version").code in ("archive.unreadable", "archive.no_pictures")


def test_counts_and_sizes_are_limited_before_anything_is_inflated(tmp_path):
    path = write_zip(tmp_path / "z.zip", good())
    for limits, code in (
        (ArchiveLimits(max_entries=5), "archive.too_many_entries"),
        (ArchiveLimits(max_directory_bytes=100), "archive.too_many_entries"),
        (ArchiveLimits(max_entry_bytes=10), "archive.picture_too_large"),
        (ArchiveLimits(max_total_bytes=100), "archive.too_large"),
    ):
        with pytest.raises(UserError) as error, open_archive(path, limits):
            pass
        assert (error.value.code, error.value.status) == (code, 413)


def test_picture_bomb_is_refused_from_its_header(tmp_path):
    bomb = bytearray(picture(0))
    struct.pack_into(">II", bomb, 16, 60_000, 60_000)
    struct.pack_into(">I", bomb, 29, zlib.crc32(bomb[12:29]))
    path = write_zip(tmp_path / "z.zip", [*good(), entry("a/bomb.png", bytes(bomb))])
    assert refusal(path, tmp_path / "version").code == "archive.too_many_pixels"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([entry("a/readme.txt", b"hi")], "archive.no_pictures"),
        ([entry(f"{index}.png", picture(index)) for index in range(12)], "archive.no_folders"),
        ([entry(f"a/{index}.png", picture(index)) for index in range(12)], "archive.one_class"),
        (good(4), "archive.too_few_pictures"),
    ],
)
def test_archive_without_classes_to_learn_says_so(tmp_path, entries, code):
    assert refusal(write_zip(tmp_path / "z.zip", entries), tmp_path / "version").code == code


def test_pictures_of_one_size_keep_it_and_stay_grey(tmp_path):
    path = write_zip(tmp_path / "z.zip", [entry(f"wrap/{info.filename}", data) for info, data in good()])
    manifest = ingest_upload(path, "zip", tmp_path / "version", name="t")
    reader = VersionReader(tmp_path / "version")
    arrays = reader.arrays(["image", "label"])
    assert arrays["image"].shape == (12, 4, 6, 1)
    assert [int(pixels[0, 0, 0]) for pixels in arrays["image"]] == list(range(12))
    assert arrays["label"].tolist() == list("ab" * 6)
    assert manifest["source"]["resized"] is False


def test_pictures_of_many_sizes_are_brought_to_the_one_chosen(tmp_path):
    mixed = [*good(), entry("a/wide.jpg", picture(9, (40, 10), "RGB", "JPEG"))]
    path = write_zip(tmp_path / "z.zip", mixed)
    options = PictureOptions.from_json({"size": [8, 10], "color": "auto"})
    manifest = ingest_upload(path, "zip", tmp_path / "version", name="t", pictures=options)
    assert VersionReader(tmp_path / "version").arrays(["image"])["image"].shape == (13, 8, 10, 3)
    assert manifest["source"]["resized"] is True


def test_what_is_no_picture_is_left_out_and_counted(tmp_path):
    truncated = picture(3, (50, 50), form="PNG")[:-30]
    extra = [
        entry("a/bad.png", b"no picture"),
        entry("b/cut.png", truncated),
        entry("notes.txt"),
        entry("__MACOSX/a/._1.png"),
    ]
    path = write_zip(tmp_path / "z.zip", good() + extra)
    manifest = ingest_upload(path, "zip", tmp_path / "version", name="t", pictures=PictureOptions(size=(4, 6)))
    assert manifest["num_rows"] == 12
    assert {part["reason"]: part["count"] for part in manifest["left_out"]} == {
        "unreadable_picture": 2,
        "not_a_picture": 1,
    }
    pixels = VersionReader(tmp_path / "version").arrays(["image"])["image"]
    assert sorted(np.unique(pixels).tolist()) == list(range(12))


def test_train_and_test_folders_stay_what_they_are(tmp_path):
    entries = [
        entry(f"{'test' if index >= 20 else 'train'}/{'ab'[index % 2]}/{index}.png", picture(index))
        for index in range(26)
    ]
    manifest = ingest_upload(write_zip(tmp_path / "z.zip", entries), "zip", tmp_path / "version", name="t")
    assert manifest["splits"] == {"train": 18, "val": 2, "test": 6}


@pytest.mark.parametrize("options", [{"size": [1, 5]}, {"size": [10**6, 5]}, {"size": "8x8"}, {"color": "blue"}])
def test_options_that_cannot_be_are_refused(options):
    with pytest.raises(UserError):
        PictureOptions.from_json(options)
