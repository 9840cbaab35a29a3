"""Requests that arrive together run together, without a timer.

What has been submitted by the next turn of the event loop is one batch. A batch that is quickly done runs on the loop
itself; a longer one runs elsewhere (a thread, the model server), and what arrives meanwhile is the next batch. Rows are
counted, not requests.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from trainer.errors import UserError

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Runner(Protocol[Item, Answer]):
    """What answers batches. Both ways to run give one answer an item, in order; an item's own error is its answer."""

    max_rows: int
    max_waiting_rows: int

    def is_quick(self, num_rows: int) -> bool:
        """Whether so many rows may run on the event loop itself."""

    def run(self, items: Sequence[Item]) -> Sequence[Answer | Exception]: ...

    async def run_elsewhere(self, items: Sequence[Item]) -> Sequence[Answer | Exception]: ...


@dataclass(slots=True)
class _Waiting(Generic[Item, Answer]):
    item: Item
    num_rows: int
    deadline: float
    future: "asyncio.Future[Answer]"
    timer: asyncio.TimerHandle | None


class Batcher(Generic[Item, Answer]):
    """One queue in front of one runner. Belongs to the event loop it is used on."""

    def __init__(self, runner: Runner[Item, Answer]) -> None:
        self._runner = runner
        self._queue: deque[_Waiting[Item, Answer]] = deque()
        self._num_waiting_rows = 0
        self._is_scheduled = False
        self._is_running = False
        self._tasks: set[asyncio.Task] = set()

    @property
    def is_idle(self) -> bool:
        return not self._queue and not self._is_running

    def submit(self, item: Item, num_rows: int, deadline: float) -> "asyncio.Future[Answer]":
        """The answer to `item`, to be awaited. `deadline` is in `time.monotonic()` seconds.

        Raises predict.busy (503) over capacity; the future raises predict.deadline (504) when the time is up.
        """
        if self._num_waiting_rows + num_rows > self._runner.max_waiting_rows and self._queue:
            raise UserError("predict.busy", status=503)
        loop = asyncio.get_running_loop()
        waiting: _Waiting[Item, Answer] = _Waiting(item, num_rows, deadline, loop.create_future(), None)
        if self._is_running or not self._runner.is_quick(num_rows):
            waiting.timer = loop.call_later(max(0.0, deadline - time.monotonic()), _expire, waiting.future)
        self._queue.append(waiting)
        self._num_waiting_rows += num_rows
        if not self._is_scheduled and not self._is_running:
            self._is_scheduled = True
            loop.call_soon(self._flush)
        return waiting.future

    def _flush(self) -> None:
        self._is_scheduled = False
        batch, num_rows = self._take()
        if not batch:
            return
        if not self._runner.is_quick(num_rows):
            self._is_running = True
            task = asyncio.get_running_loop().create_task(self._run_elsewhere(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        try:
            answers = self._runner.run([waiting.item for waiting in batch])
        except Exception as error:
            _fail(batch, error)
        else:
            _finish(batch, answers)
        self._go_on()

    def _take(self) -> tuple[list[_Waiting[Item, Answer]], int]:
        """The next batch: as many whole requests as fit in `max_rows`, at least one, and none past its deadline."""
        batch: list[_Waiting[Item, Answer]] = []
        num_rows = 0
        now = time.monotonic()
        queue, max_rows = self._queue, self._runner.max_rows
        while queue and (not batch or num_rows + queue[0].num_rows <= max_rows):
            waiting = queue.popleft()
            self._num_waiting_rows -= waiting.num_rows
            if waiting.future.done():
                continue
            if waiting.deadline <= now:
                _expire(waiting.future)
                continue
            batch.append(waiting)
            num_rows += waiting.num_rows
        return batch, num_rows

    async def _run_elsewhere(self, batch: list[_Waiting[Item, Answer]]) -> None:
        try:
            answers = await self._runner.run_elsewhere([waiting.item for waiting in batch])
        except Exception as error:
            _fail(batch, error)
        else:
            _finish(batch, answers)
        finally:
            self._is_running = False
            self._go_on()

    def _go_on(self) -> None:
        if self._queue and not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)


def _expire(future: "asyncio.Future[object]") -> None:
    if not future.done():
        future.set_exception(UserError("predict.deadline", status=504))


def _finish(batch: Sequence[_Waiting], answers: Sequence[object]) -> None:
    for waiting, answer in zip(batch, answers, strict=True):
        if waiting.timer is not None:
            waiting.timer.cancel()
        if waiting.future.done():
            continue
        if isinstance(answer, Exception):
            waiting.future.set_exception(answer)
        else:
            waiting.future.set_result(answer)


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    if not isinstance(error, UserError):
        log.error("a batch of %d requests failed", len(batch), exc_info=error)
    _finish(batch, [error] * len(batch))
