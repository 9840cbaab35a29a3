import tracemalloc
from pathlib import Path

import pytest

from trainer.data.ingest import check_upload, ingest_upload
from trainer.data.tables import TableLimits, read_table
from trainer.errors import UserError

ROWS = "".join(f"{index},{'xy'[index % 2]}\n" for index in range(20))


def refused(tmp_path: Path, data: str | bytes, *, target: str | None = None) -> UserError:
    path = tmp_path / "upload"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    with pytest.raises(UserError) as error:
        ingest_upload(path, check_upload(path, "table.csv"), tmp_path / "version", name="t", target=target)  # type: ignore[arg-type]
    assert error.value.message("en") != error.value.message("zh")
    assert not (tmp_path / "version" / "manifest.json").exists()
    return error.value


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        ("", "upload.empty", "file"),
        ("\n\n", "upload.empty", ""),
        ("a,b\n", "csv.header_only", "row 2"),
        ("a,b\n" + ROWS + "5\n", "csv.too_few_values", "row 22, column b"),
        ("a,b\n" + ROWS + "5,x,z\n", "csv.too_many_values", "row 22, column 3"),
        ('a,b\n1,"x\n' + ROWS, "csv.quotes", "row 2"),
        ("a,b,a\n1,2,3\n", "csv.duplicate_name", "row 1, column a"),
        ("a,,c\n1,2,3\n", "csv.empty_name", "row 1, column 2"),
        ("1,2\n" + ROWS, "csv.no_header", "row 1"),
        ("a" * 300 + ",b\n" + ROWS, "csv.long_name", "row 1, column 1"),
        (b"a,b\n1,\xe9\n", "csv.encoding", "row 2"),
        ("a,b\n1,é\n".encode("utf-16"), "csv.encoding", "row 1"),
        (b"a,b\n1,\x00\n", "csv.not_text", "row 2"),
        (b"a\x00,b\n1,2\n", "csv.not_text", "row 1"),
        (b'"a\x00",b\n1,2\n', "csv.not_text", "row 1"),
        ("a,b\n" + ROWS + f"1,{'x' * 150_000}\n", "csv.cell_too_long", "row 22"),
        (",".join(f"c{index}" for index in range(3000)) + "\n", "csv.too_many_columns", "row 1"),
        (",".join(f"column{index}" for index in range(10**6)) + "\n", "csv.line_too_long", "row 1"),
        ("a,b\n1,x\n2,y\n", "csv.too_few_rows", ""),
        ("a,b\n" + ROWS + "inf,x\n", "csv.not_finite", "row 22, column a"),
        ("a,b\n" + ROWS + "1e308,x\n", "csv.out_of_range", "row 22, column a"),
    ],
)  # fmt: skip
def test_broken_table_is_refused_with_its_place(tmp_path, data, code, path):
    error = refused(tmp_path, data)
    assert (error.code, error.path) == (code, path)


@pytest.mark.parametrize(
    ("column", "values", "code"),
    [
        ("nowhere", "xy", "upload.target_missing"),
        ("b", "x", "upload.one_class"),
        ("b", ["nan"], "upload.target_empty"),
        ("b", ["2024-01-01", "2024-01-02"], "upload.target_kind"),
    ],
)
def test_target_that_cannot_be_predicted_is_refused(tmp_path, column, values, code):
    table = "a,b\n" + "".join(f"{row},{values[row % len(values)]}\n" for row in range(20))
    assert refused(tmp_path, table, target=column).code == code


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("network.pt", b"a,b\n"),
        ("model.pkl", b"a,b\n"),
        ("net.keras", b"a,b\n"),
        ("picture.svg", b"<svg/>"),
        ("page.html", b"<html>"),
        ("table.csv", b"\x80\x05\x95\x00"),
        ("table.csv", b"\x89HDF\r\n\x1a\n"),
        ("table.csv", b"PAR1\x00\x00"),
    ],
)
def test_files_that_may_hold_code_or_are_no_table_are_415(tmp_path, name, data):
    path = tmp_path / "upload"
    path.write_bytes(data)
    with pytest.raises(UserError) as error:
        check_upload(path, name)
    assert (error.value.code, error.value.status) == ("upload.type_refused", 415)


def test_kinds_are_found_from_the_values(tmp_path):
    lines = ["number,flag,code,day,when,place,words,empty"]
    lines += [
        f"{row * 0.5},{row % 2},{row:03},{1 + row % 28}.01.2024,2024-01-01 10:{row:02}:00,{'NE'[row % 2]},w {row} w,"
        for row in range(40)
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    manifest = ingest_upload(path, "csv", tmp_path / "version", name="t")
    assert {column["name"]: column["kind"] for column in manifest["columns"]} == {
        "number": "number",
        "flag": "category",
        "code": "number",
        "day": "date",
        "when": "date",
        "place": "category",
        "words": "text",
        "empty": "text",
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_and_quotes_are_honoured(tmp_path, delimiter):
    path = tmp_path / "t.csv"
    rows = [delimiter.join([str(row), f'"a{delimiter}b ""{row % 3}"" \n next"', "z"]) for row in range(12)]
    path.write_text("﻿" + "\r\n".join([delimiter.join(["n", "text", "z"]), *rows]), encoding="utf-8")
    table = read_table(path)
    assert table.frame.columns == ["n", "text", "z"]
    assert table.frame["text"][2] == f'a{delimiter}b "2" \n next'
    assert table.lines[:3] == [2, 4, 6]


def test_missing_values_are_found_however_they_are_written(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "a,b\n" + "".join(f"{value},x{row % 2}\n" for row, value in enumerate(["", "NA", "nan", "NULL", "?"] * 4))
    )
    assert read_table(path).frame["a"].null_count() == 20


def test_large_table_is_read_in_bounded_memory(tmp_path):
    path = tmp_path / "t.csv"
    with path.open("w") as file:
        file.write("a,b\n")
        for _ in range(3):
            file.write("1234567,some words of text\n" * 8_000)
    shares: list[float] = []
    tracemalloc.start()
    table = read_table(path, progress=shares.append)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert table.frame.height == 24_000
    assert peak < 12e6, "a batch of cells at most, the table itself lies outside of Python"
    assert shares == sorted(shares)
    assert len(shares) == 1


def test_row_and_byte_limits_hold(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + ROWS)
    with pytest.raises(UserError) as rows:
        read_table(path, limits=TableLimits(max_rows=19))
    with pytest.raises(UserError) as size:
        read_table(path, limits=TableLimits(max_bytes=50))
    assert (rows.value.code, rows.value.path) == ("csv.too_many_rows", "row 21")
    assert (size.value.code, size.value.status) == ("upload.too_large", 413)
