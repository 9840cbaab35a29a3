from pathlib import Path

import pytest

from trainer.data.ingest import check_upload, ingest_upload
from trainer.data.text_files import PIECE_CHARS
from trainer.data.version import VersionReader
from trainer.errors import UserError

PARAGRAPH = "Anna went down to the river, and the river was high. " * 8


def written(tmp_path: Path, data: str | bytes) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def rows_of(tmp_path: Path, data: str | bytes, name: str = "story.txt") -> list[str]:
    path = written(tmp_path, data)
    ingest_upload(path, check_upload(path, name), tmp_path / "version", name="t")
    return VersionReader(tmp_path / "version").table_rows(["text"])["text"].tolist()


def test_text_is_cut_into_pieces_at_blank_lines_in_order(tmp_path):
    paragraphs = [f"{number}. {PARAGRAPH}".strip() for number in range(200)]
    rows = rows_of(tmp_path, "\r\n\r\n".join(paragraphs))
    assert max(map(len, rows)) <= PIECE_CHARS
    assert "\n\n".join(rows) == "\n\n".join(paragraphs)


@pytest.mark.parametrize("between", ["\n", " ", "。"])
def test_text_without_blank_lines_is_cut_at_the_next_best_pause(tmp_path, between):
    words = [f"word{number:05}" for number in range(20_000)]
    rows = rows_of(tmp_path, between.join(words), "STORY.MD")
    assert all(row.startswith("word") and len(row) > PIECE_CHARS / 2 for row in rows[:-1])
    assert "".join(rows).replace(between, "") == "".join(words)


def test_text_without_any_pause_loses_nothing(tmp_path):
    assert "".join(rows_of(tmp_path, "字" * 50_001)) == "字" * 50_001


def test_short_story_gives_twenty_rows_and_more(tmp_path):
    assert 20 <= len(rows_of(tmp_path, PARAGRAPH * 3)) <= 40


def test_plain_text_is_one_column_without_a_target(tmp_path):
    path = written(tmp_path, PARAGRAPH * 3)
    manifest = ingest_upload(path, "text", tmp_path / "version", name="t")
    assert [(column["name"], column["kind"]) for column in manifest["columns"]] == [("text", "text")]
    assert (manifest["target"], manifest["source"]) == (None, {"format": "text"})


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        ("", "upload.empty", "file"),
        ("\n \r\n", "upload.empty", "file"),
        ("Once upon a time.", "upload.text_short", "file"),
        (f"a\nb\n{PARAGRAPH}".encode() + b"\xe9", "upload.text_encoding", "line 3"),
        (PARAGRAPH.encode("utf-16"), "upload.text_binary", "file"),
        (PARAGRAPH.encode() + b"\0", "upload.text_binary", "file"),
    ],
)
def test_text_that_cannot_be_read_is_refused(tmp_path, data, code, path):
    with pytest.raises(UserError) as error:
        check_upload(written(tmp_path, data), "story.txt")
    assert (error.value.code, error.value.path) == (code, path)
    assert error.value.message("en") != error.value.message("zh")


def test_text_larger_than_allowed_is_413(tmp_path, monkeypatch):
    monkeypatch.setattr("trainer.data.text_files.MAX_BYTES", 1024**2)
    with pytest.raises(UserError) as error:
        check_upload(written(tmp_path, "a" * (1024**2 + 1)), "story.txt")
    assert (error.value.code, error.value.status) == ("upload.too_large", 413)


def test_target_of_a_plain_text_is_refused(tmp_path):
    with pytest.raises(UserError) as error:
        ingest_upload(written(tmp_path, PARAGRAPH * 3), "text", tmp_path / "version", name="t", target="mood")
    assert error.value.code == "upload.text_target"


def test_zip_under_the_name_of_a_text_is_no_text(tmp_path):
    with pytest.raises(UserError) as error:
        check_upload(written(tmp_path, b"PK\x03\x04 and no more"), "story.txt")
    assert error.value.code.startswith("archive.")


TABLE = "height\tweight\n" + "".join(f"{row}\t{row * 2}\n" for row in range(30))
VERSE = "".join(f"Once, upon a time, the fox number {row} went out.\n" for row in range(30))
UNEVEN = "".join(f"Once{', and once more' * (row % 3)} the fox went out, number {row}.\n" for row in range(30))


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("rows.txt", TABLE, "csv"),
        ("story.txt", UNEVEN, "text"),
        ("story.md", UNEVEN, "text"),
        ("story.txt", VERSE, "text"),
        ("story.txt", VERSE.replace(", ", " "), "text"),
        ("story.txt", 'He said "no" and, then, left.\n' * 5 + UNEVEN, "text"),
    ],
)
def test_a_table_in_a_txt_file_stays_a_table(name: str, text: str, format: str, tmp_path: Path) -> None:
    assert check_upload(written(tmp_path, text), name) == format
