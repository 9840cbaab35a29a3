"""Stores checkpoints in a thread of its own, so that the loop does not wait for the disk."""

import shutil
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import chain
from pathlib import Path

from trainer.training.checkpoint import Snapshot, checkpoint_path, write_checkpoint
from trainer.training.events import Event

Kind = str  # "last", "best" or "kept"


class CheckpointKeeper:
    """Writes one snapshot after the other and emits the `checkpoint` event of each once it is safe on disk.

    What went wrong with one is raised by the next call. With `prune`, all but the newest `last`, the newest `best` and
    the `keep` newest `kept` are removed; without, that is left to whoever takes the checkpoints from here.
    """

    def __init__(self, checkpoints: Path, emit: Callable[[Event], None], *, keep: int, prune: bool) -> None:
        self._checkpoints = checkpoints
        self._emit = emit
        self._prune = prune
        self._newest: dict[Kind, deque[Path]] = {
            "last": deque(maxlen=1),
            "best": deque(maxlen=1),
            "kept": deque(maxlen=keep),
        }
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="checkpoints")
        self._pending: list[Future[None]] = []

    def store(self, snapshot: Snapshot, kinds: Sequence[Kind], metrics: Mapping[str, float | None]) -> None:
        self._forget_done()
        self._pending.append(self._thread.submit(self._write, snapshot, kinds, metrics))

    @property
    def is_busy(self) -> bool:
        self._forget_done()
        return bool(self._pending)

    def wait(self) -> None:
        """Wait until all that was given is stored. Raises OSError where the disk did."""
        wait(self._pending)
        self._forget_done()

    def _forget_done(self) -> None:
        done = [future for future in self._pending if future.done()]
        self._pending = [future for future in self._pending if future not in done]
        for future in done:
            future.result()

    def close(self) -> None:
        self._thread.shutdown(wait=True)

    def _write(self, snapshot: Snapshot, kinds: Sequence[Kind], metrics: Mapping[str, float | None]) -> None:
        place = write_checkpoint(self._checkpoints, snapshot)
        for kind in kinds:
            self._newest[kind].append(place)
        self._emit(
            {
                "type": "checkpoint",
                "path": f"{self._checkpoints.name}/{place.name}",
                "step": snapshot.step,
                "epoch": snapshot.epoch,
                "kinds": list(kinds),
                "metrics": dict(metrics),
            }
        )
        if self._prune:
            kept = {checkpoint_path(self._checkpoints, snapshot.step), *chain.from_iterable(self._newest.values())}
            for other in self._checkpoints.glob("step-*"):
                if other not in kept:
                    shutil.rmtree(other)


class NoKeeper:
    """In a process of a run that another one stores."""

    is_busy = False

    def store(self, snapshot: Snapshot, kinds: Sequence[Kind], metrics: Mapping[str, float | None]) -> None:
        """Nothing: the process that leads has the same snapshot and more."""

    def wait(self) -> None: ...

    def close(self) -> None: ...
