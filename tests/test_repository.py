"""The shape of the repository: files that a person can take in, names that say something, empty package markers."""

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MAX_LINES = 400
GENERATED = ("frontend/src/api/schema.d.ts", "trainer/layers/signatures.py")
SAYS_NOTHING = {"utils", "util", "helpers", "common", "misc"}


def sources(*patterns: str) -> list[str]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.splitlines() if (REPOSITORY / name).exists()]


def test_no_file_of_code_is_longer_than_a_person_reads_at_once() -> None:
    names = [name for name in sources("*.py", "*.ts", "*.tsx") if name not in GENERATED]
    assert names
    lengths = {name: len((REPOSITORY / name).read_text(encoding="utf-8").splitlines()) for name in names}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_no_file_or_folder_of_code_has_a_name_that_says_nothing() -> None:
    names = sources("*.py", "*.ts", "*.tsx")
    assert [name for name in names if SAYS_NOTHING & set(Path(name).with_suffix("").parts)] == []


def test_package_markers_are_empty() -> None:
    markers = sources("trainer/**/__init__.py", "builder/**/__init__.py")
    assert markers
    assert [name for name in markers if (REPOSITORY / name).stat().st_size] == []
