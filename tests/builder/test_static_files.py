"""Hashed assets are kept by the browser for good; others are asked for again."""

import gzip
from pathlib import Path

import pytest
from django.test import Client

SCRIPT = b"let a = 1;" * 100


@pytest.fixture
def collected(tmp_path: Path, settings) -> Path:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-Bsy8fRCH.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-Bsy8fRCH.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "plain.txt").write_bytes(b"0123456789")
    return tmp_path


def test_hashed_asset_is_immutable_and_compressed(collected: Path) -> None:
    answer = Client().get("/static/assets/index-Bsy8fRCH.js", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.content) == SCRIPT
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.streaming


def test_other_files_are_asked_for_again_and_in_parts(collected: Path) -> None:
    assert "immutable" not in Client().get("/static/plain.txt").headers["Cache-Control"]
    part = Client().get("/static/plain.txt", headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert Client().head("/static/plain.txt").content == b""
