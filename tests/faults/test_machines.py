"""One run over two machines: two train workers, each with its own directory. Either may go, and nothing is lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.runs import FaultRun, Reference, assert_undisturbed, wait_until
from tests.product import ROOT, Product

TOGETHER = {
    "parallel": {"machines": 2, "processes": 1},
    "batch_size": 8,
    "epochs": 15,  # long enough to be met twice on its way
    "checkpoint": {"every_steps": 100},
}
ENOUGH_SECONDS = 400
pytestmark = pytest.mark.timeout(900)  # each start imports torch on both

_undisturbed: list[Reference] = []


class Machine:
    """A train worker beside that of the product, which shares the database, the bus and the stored files with it."""

    def __init__(self, product: Product, folder: Path) -> None:
        folder.mkdir()
        for name in ("files", "run"):
            if (product.data_dir / name).exists():  # a run folder with a long name lies elsewhere
                (folder / name).symlink_to(product.data_dir / name)
        self.folder = folder
        self._environment = {
            "DATABASE_URL": f"sqlite:///{product.data_dir}/db.sqlite3",
            **product.environment,
            "LAYERLOOM_DATA": str(folder),
        }
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "train_worker"],
            cwd=ROOT,
            env=self._environment,
            stdout=(self.folder / "train_worker.log").open("ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(20)


@pytest.fixture
def second(product: Product, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(product, tmp_path / "second")
    yield machine
    machine.stop()


@pytest.fixture
def undisturbed_together(start_run: Callable[..., FaultRun], second: Machine) -> Reference:
    """What a run over both comes to that nothing happens to, found once."""
    if not _undisturbed:
        run = start_run(**TOGETHER)
        run.wait_for("succeeded", seconds=ENOUGH_SECONDS)
        assert run.get()["machines"] == run.get()["processes"] == 2
        _undisturbed.append(Reference.of(run))
    return _undisturbed[0]


def leads(folder: Path, run: FaultRun) -> bool:
    """Whether the machine with this folder leads the run, by the name of its job directory."""
    return any(path.suffix == "" for path in (folder / "jobs").glob(f"{run.id}-*"))


def kill_worker(product: Product, second: Machine, run: FaultRun, *, leading: bool) -> None:
    """Kill the train worker that leads the run, or the one that does not, and have another one started for it."""
    if leads(second.folder, run) == leading:
        second.kill()
        second.start()
    else:
        (worker,) = product.pids("train_worker")
        os.kill(worker, signal.SIGKILL)


def codes(run: FaultRun) -> list[str]:
    return [event["code"] for event in run.events() if event.get("code")]


@pytest.mark.on_both_stores
def test_a_run_over_two_machines_outlives_the_loss_of_either(product, second, start_run, undisturbed_together):
    run = start_run(**TOGETHER)
    step = run.wait_for_checkpoint()
    kill_worker(product, second, run, leading=False)
    wait_until(lambda: "run.child_died" in codes(run), "the loss of the machine that does not lead")
    run.wait_for_checkpoint(after=step, seconds=ENOUGH_SECONDS)
    kill_worker(product, second, run, leading=True)
    run.wait_for("succeeded", seconds=ENOUGH_SECONDS)
    assert "run.taken_over" in codes(run)
    assert run.get()["exact"] is True
    assert_undisturbed(run, undisturbed_together)


def test_a_run_over_two_machines_is_paused_handed_back_and_cancelled_as_one(
    product, second, start_run, undisturbed_together
):
    run = start_run(**TOGETHER)
    run.wait_for_step(200)
    run.act("pause")
    paused = run.wait_for("paused")
    second.stop()
    run.act("resume")
    waiting = wait_until(lambda: (place := run.get()["queue"]) and place["reason"], "the reason why it waits")
    assert "2 train workers" in waiting
    other = start_run(epochs=1)
    other.wait_for("succeeded")
    second.start()
    run.wait_for_checkpoint(after=paused["step"], seconds=ENOUGH_SECONDS)
    second.stop()
    wait_until(lambda: "run.handed_back" in codes(run), "the run handed back")
    second.start()
    run.wait_for("succeeded", seconds=ENOUGH_SECONDS)
    assert not {"run.child_died", "run.taken_over"} & set(codes(run))
    assert_undisturbed(run, undisturbed_together)

    endless = start_run(**{**TOGETHER, "epochs": 1000})
    endless.wait_for_step(50)
    endless.act("cancel")
    endless.wait_for("cancelled", seconds=60)
    folders = (product.data_dir, second.folder)
    wait_until(lambda: not [path for folder in folders for path in (folder / "jobs").glob("*")], "both jobs gone")
