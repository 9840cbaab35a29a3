"""A disk that is really full: a small file system of the product's own, with its SQLite, filled while it trains."""

import errno
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import SHORT_LEASE
from tests.faults.runs import Laboratory, assert_undisturbed
from tests.product import Product, running_product

DISK = "192m"
BLOCK = bytes(64 * 1024)
FULL_SECONDS = 3


@pytest.fixture
def product_on_small_disk(own_database: dict[str, str], tmp_path: Path) -> Iterator[Product]:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "layerloom", tmp_path], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"only root may mount a small disk here: {mounted.stderr.strip()}")
    try:
        with running_product(tmp_path, **own_database, **SHORT_LEASE) as running:
            yield running
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


def fill(folder: Path) -> Path:
    """A file that takes all that is left of the disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError) as full:  # noqa: PT012
        while True:
            file.write(BLOCK)
    assert full.value.errno == errno.ENOSPC
    return filler


@pytest.mark.on_both_stores
@pytest.mark.timeout(900)
def test_a_full_disk_holds_a_run_up_and_nothing_is_lost_when_there_is_room_again(product_on_small_disk, undisturbed):
    product = product_on_small_disk
    run = Laboratory(product).start()
    run.wait_for_checkpoint()
    filler = fill(product.data_dir)
    time.sleep(FULL_SECONDS)  # metrics and checkpoints come due meanwhile
    assert product.api.get("runs/").status_code == 200, "the site is down"
    assert run.get()["status"] in ("running", "paused")
    filler.unlink()
    paused = run.wait_for("paused")
    assert paused["error"]["code"] == "run.disk_full"
    run.act("resume")
    run.wait_for("succeeded")
    assert_undisturbed(run, undisturbed)
