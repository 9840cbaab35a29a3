import asyncio
import time
from collections.abc import Sequence

import pytest

from builder.deployments.predict.batching import Batcher
from trainer.errors import UserError


class Doubling:
    """Answers twice each item. `quick` runs on the loop; else it takes `seconds` elsewhere."""

    def __init__(self, *, quick: bool, seconds: float = 0.0, max_rows: int = 8, max_waiting_rows: int = 100) -> None:
        self.quick = quick
        self.seconds = seconds
        self.max_rows = max_rows
        self.max_waiting_rows = max_waiting_rows
        self.batches: list[list[int]] = []

    def is_quick(self, num_rows: int) -> bool:
        return self.quick

    def run(self, items: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(items))
        return [UserError("predict.failed") if item < 0 else item * 2 for item in items]

    async def run_elsewhere(self, items: Sequence[int]) -> list[int | Exception]:
        answers = self.run(items)
        await asyncio.sleep(self.seconds)
        return answers


def soon() -> float:
    return time.monotonic() + 5


async def ask(batcher: Batcher, item: int, num_rows: int = 1) -> int:
    return await batcher.submit(item, num_rows, soon())


@pytest.mark.parametrize("quick", [True, False])
async def test_what_arrives_in_one_turn_is_one_batch_and_each_gets_its_own(quick):
    runner = Doubling(quick=quick)
    batcher = Batcher(runner)
    answers = await asyncio.gather(*(ask(batcher, number) for number in range(8)))
    assert answers == [number * 2 for number in range(8)]
    assert runner.batches == [list(range(8))]


async def test_rows_are_counted_and_no_request_is_split():
    runner = Doubling(quick=True, max_rows=8)
    batcher = Batcher(runner)
    await asyncio.gather(ask(batcher, 1, 5), ask(batcher, 2, 5), ask(batcher, 3, 3), ask(batcher, 4, 20))
    assert runner.batches == [[1], [2, 3], [4]]


async def test_what_arrives_while_a_batch_runs_is_the_next_one():
    runner = Doubling(quick=False, seconds=0.02)
    batcher = Batcher(runner)
    first = asyncio.create_task(ask(batcher, 1))
    await asyncio.sleep(0.005)
    later = [asyncio.create_task(ask(batcher, number)) for number in (2, 3, 4)]
    assert await asyncio.gather(first, *later) == [2, 4, 6, 8]
    assert runner.batches == [[1], [2, 3, 4]]


async def test_one_error_is_one_callers():
    batcher = Batcher(Doubling(quick=True))
    good, bad = await asyncio.gather(ask(batcher, 3), ask(batcher, -1), return_exceptions=True)
    assert good == 6
    assert isinstance(bad, UserError)


async def test_over_capacity_is_refused_at_once():
    batcher = Batcher(Doubling(quick=False, seconds=0.01, max_waiting_rows=10))
    admitted = [asyncio.create_task(ask(batcher, number, 5)) for number in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(UserError) as caught:
        await ask(batcher, 3, 1)
    assert (caught.value.code, caught.value.status) == ("predict.busy", 503)
    assert await asyncio.gather(*admitted) == [2, 4]


async def test_deadline_that_passes_in_the_queue_is_504_and_the_work_is_not_done():
    runner = Doubling(quick=False, seconds=0.05)
    batcher = Batcher(runner)
    first = asyncio.create_task(ask(batcher, 1))
    await asyncio.sleep(0.001)
    with pytest.raises(UserError) as caught:
        await batcher.submit(2, 1, time.monotonic() + 0.01)
    assert (caught.value.code, caught.value.status) == ("predict.deadline", 504)
    assert await first == 2
    await asyncio.sleep(0.01)
    assert runner.batches == [[1]]


async def test_runner_that_breaks_fails_its_batch_and_the_next_one_runs():
    class Broken(Doubling):
        def run(self, items):
            if 13 in items:
                raise RuntimeError("out of luck")
            return super().run(items)

    batcher = Batcher(Broken(quick=True))
    with pytest.raises(RuntimeError):
        await ask(batcher, 13)
    assert await ask(batcher, 1) == 2
