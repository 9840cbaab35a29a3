"""How a batch of requests becomes answers: decode, run, encode, each once for all of them."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from builder.deployments.modelserver.client import ModelServerClient
from trainer.errors import UserError
from trainer.serving.runtime import Bundle, Network, not_finite_rows

Arrays = Mapping[str, np.ndarray]

QUICK_NETWORK_SECONDS = 0.001
QUICK_BATCH_SECONDS = 0.005
MAX_BATCH_ROWS = 256
MAX_WAITING_ROWS = 4096
WARM_UP_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Rows:
    """What one request asks: instances as a person sends them, or the network's own tensors."""

    instances: Sequence[Mapping[str, Any]] | None = None
    arrays: Arrays | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`predictions`, one object a row, and the rows that are not finite; or the network's own tensors."""

    predictions: list[dict[str, Any]]
    not_finite: list[int]
    outputs: Arrays | None = None


class LocalRunner:
    """A network in this process. What its batches cost was measured when it was warmed up."""

    max_waiting_rows = MAX_WAITING_ROWS

    def __init__(self, bundle: Bundle, network: Network, executor: ThreadPoolExecutor) -> None:
        self._bundle = bundle
        self._network = network
        self._executor = executor
        self._network_seconds, self._row_seconds = 0.0, 0.0
        self.max_rows = MAX_BATCH_ROWS

    def warm_up(self, example: Mapping[str, Any]) -> None:
        """Run once so that nothing is done for the first time in a request, then measure."""
        self.run([Rows([example])])
        arrays = self._bundle.decode([example])
        self._network_seconds = _best_seconds(lambda: self._network.run(arrays))
        self._row_seconds = _best_seconds(lambda: self.run([Rows([example])]))
        self.max_rows = max(16, min(MAX_BATCH_ROWS, int(QUICK_BATCH_SECONDS / self._row_seconds)))

    def is_quick(self, num_rows: int) -> bool:
        """By the cost of one row, which is more than a row's share in a batch."""
        return (
            self._network_seconds <= QUICK_NETWORK_SECONDS
            and self._row_seconds <= QUICK_BATCH_SECONDS
            and num_rows <= self.max_rows
        )

    def run(self, items: Sequence[Rows]) -> Sequence[Answer | Exception]:
        batch = Batch(self._bundle, items)
        if batch.arrays is not None:
            batch.answer(self._network.run(batch.arrays))
        return batch.answers

    async def run_elsewhere(self, items: Sequence[Rows]) -> Sequence[Answer | Exception]:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.run, items)


class RemoteRunner:
    """A network in the model server; decoding and encoding stay here, in a thread."""

    max_rows = MAX_BATCH_ROWS
    max_waiting_rows = MAX_WAITING_ROWS

    def __init__(
        self, bundle: Bundle, storage_key: str, client: ModelServerClient, executor: ThreadPoolExecutor
    ) -> None:
        self._bundle = bundle
        self._storage_key = storage_key
        self._client = client
        self._executor = executor

    def is_quick(self, num_rows: int) -> bool:
        return False

    def run(self, items: Sequence[Rows]) -> Sequence[Answer | Exception]:
        raise NotImplementedError("the model server is asked from the event loop only")

    async def run_elsewhere(self, items: Sequence[Rows]) -> Sequence[Answer | Exception]:
        loop = asyncio.get_running_loop()
        batch = await loop.run_in_executor(self._executor, Batch, self._bundle, items)
        if batch.arrays is not None:
            outputs = await self._client.run(self._storage_key, batch.arrays)
            await loop.run_in_executor(self._executor, batch.answer, outputs)
        return batch.answers


class Batch:
    """The arrays of several requests in one, and the way back to each.

    `arrays` is None where no request is left to run; `answers` has an error for each that could not be decoded.
    """

    def __init__(self, bundle: Bundle, items: Sequence[Rows]) -> None:
        self._bundle = bundle
        self._items = items
        self.answers: list[Answer | Exception] = []
        self.arrays: Arrays | None = None
        try:
            self._decode_together()
        except UserError:
            self._decode_apart()

    def answer(self, outputs: Arrays) -> None:
        """Give each request that was run its own rows of `outputs`."""
        encodes = any(item.instances is not None for item in self._items)
        predictions = self._bundle.encode(outputs) if encodes else []
        bad_rows = not_finite_rows(outputs)
        start = 0
        for index, num_rows in self._lengths:
            stop = start + num_rows
            if self._items[index].instances is None:
                own = {name: array[start:stop] for name, array in outputs.items()}
                self.answers[index] = Answer([], [], own)
            else:
                not_finite = [row - start for row in bad_rows if start <= row < stop] if bad_rows else bad_rows
                self.answers[index] = Answer(predictions[start:stop], not_finite)
            start = stop

    def _decode_together(self) -> None:
        """One call to the encoders for all; one value that cannot be taken makes it raise."""
        if all(item.instances is not None for item in self._items):
            self.arrays = self._bundle.decode([row for item in self._items for row in item.instances or ()])
            self._lengths = [(index, len(item.instances or ())) for index, item in enumerate(self._items)]
            self.answers = [UserError("predict.failed", status=500)] * len(self._items)
        else:
            self._decode_apart()

    def _decode_apart(self) -> None:
        self.answers, self._lengths, parts = [], [], []
        for index, item in enumerate(self._items):
            try:
                arrays = item.arrays if item.instances is None else self._bundle.decode(item.instances)
            except UserError as error:
                self.answers.append(error)
                continue
            self.answers.append(UserError("predict.failed", status=500))
            self._lengths.append((index, len(next(iter(arrays.values())))))
            parts.append(arrays)
        self.arrays = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else None


def _best_seconds(call) -> float:
    best = float("inf")
    for _ in range(WARM_UP_ROUNDS):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best
