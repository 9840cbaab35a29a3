"""The process that runs graphs in PyTorch: what ONNX cannot say, and what is too large for the web processes."""

import asyncio
import contextlib
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
import numpy as np

from builder.deployments.modelserver.generating import Generating
from builder.deployments.modelserver.protocol import (
    Done,
    Failed,
    Generate,
    Generated,
    Hello,
    Load,
    Run,
    from_wire,
    pack,
    read_message,
    to_wire,
)
from builder.deployments.predict.batching import Batcher
from builder.files import local_folder
from trainer.errors import UserError
from trainer.serving.bundle import bundle_bytes
from trainer.serving.generation import Language
from trainer.serving.runtime import Bundle, Network, OnnxNetwork
from trainer.serving.torch_network import TorchNetwork

log = logging.getLogger(__name__)

BUDGET_BYTES = int(os.environ.get("LAYERLOOM_MODEL_SERVER_BYTES", 4 * 1024**3))
DEADLINE_SECONDS = 60.0
NUM_CORES = os.cpu_count() or 1

Arrays = Mapping[str, np.ndarray]
_decoder = msgspec.msgpack.Decoder(Load | Run | Generate)


class NetworkRunner:
    """Runs arrays of several requests as one batch, in a thread."""

    max_rows = 256
    max_waiting_rows = 8192

    def __init__(self, network: Network, executor: ThreadPoolExecutor) -> None:
        self._network = network
        self._executor = executor

    def is_quick(self, num_rows: int) -> bool:
        return False

    def run(self, items: Sequence[Arrays]) -> Sequence[Arrays | Exception]:
        joined = {name: np.concatenate([item[name] for item in items]) for name in items[0]}
        outputs = self._network.run(joined)
        stops = np.cumsum([num_rows_of(item) for item in items])[:-1]
        parts = {name: np.split(array, stops) for name, array in outputs.items()}
        return [{name: part[index] for name, part in parts.items()} for index in range(len(items))]

    async def run_elsewhere(self, items: Sequence[Arrays]) -> Sequence[Arrays | Exception]:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self.run, items)


@dataclass(frozen=True, slots=True)
class Held:
    """A bundle in memory: what answers tensors, and what goes on with texts where its network scores the next token."""

    batcher: Batcher[Arrays, Arrays]
    generating: Generating | None
    size_bytes: int


class ModelServer:
    """Bundles by storage key; those not used for longest leave when the byte budget is spent."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._loading: dict[str, asyncio.Task] = {}
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="networks")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until its other end closes it."""
        tasks: set[asyncio.Task] = set()
        try:
            writer.write(pack(Hello(os.getpid())))
            while True:
                message = await read_message(reader, _decoder)
                task = asyncio.create_task(self._answer(message, writer))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            for task in tasks:
                task.cancel()
            writer.close()

    async def _answer(self, message: Load | Run | Generate, writer: asyncio.StreamWriter) -> None:
        try:
            answer = await self._do(message, await self._hold(message.storage_key))
        except UserError as error:
            fields = {name: str(value) for name, value in error.fields.items()}
            answer = Failed(message.id, error.code, error.status, fields)
        except Exception:
            log.exception("%s failed", message.storage_key)
            answer = Failed(message.id, "predict.failed", 500, {})
        with contextlib.suppress(OSError):
            writer.write(pack(answer))
            await writer.drain()

    async def _do(self, message: Load | Run | Generate, held: Held) -> Done | Generated | Failed:
        match message:
            case Run():
                arrays = from_wire(message.inputs)
                deadline = time.monotonic() + DEADLINE_SECONDS
                return Done(message.id, to_wire(await held.batcher.submit(arrays, num_rows_of(arrays), deadline)))
            case Generate() if held.generating is not None:
                found = await held.generating.go_on(message.prompts, time.monotonic() + message.seconds)
                return Generated(message.id, [one.answered for one in found], [one.has_ended for one in found])
            case _:
                return Done(message.id)

    async def _hold(self, key: str) -> Held:
        if key not in self._held:
            if key not in self._loading:
                self._loading[key] = asyncio.create_task(self._load(key))
                self._loading[key].add_done_callback(lambda _: self._loading.pop(key, None))
            await asyncio.shield(self._loading[key])
        self._held.move_to_end(key)
        return self._held[key]

    async def _load(self, key: str) -> None:
        network, language, size_bytes = await asyncio.get_running_loop().run_in_executor(
            self._executor, load_network, key
        )
        generating = Generating(network, language, self._executor) if language is not None else None
        self._held[key] = Held(Batcher(NetworkRunner(network, self._executor)), generating, size_bytes)
        total = sum(held.size_bytes for held in self._held.values())
        for other in list(self._held):
            if total <= BUDGET_BYTES or other == key:
                break
            total -= self._held.pop(other).size_bytes


def load_network(key: str) -> tuple[Network, Language | None, int]:
    folder = local_folder(key)
    bundle = Bundle.load(folder)
    size_bytes = bundle_bytes(folder)
    if bundle.manifest.runtime == "onnx":
        return OnnxNetwork(folder, bundle.manifest, num_threads=NUM_CORES), Language.of(bundle), size_bytes
    return TorchNetwork(folder), Language.of(bundle), size_bytes


def num_rows_of(arrays: Arrays) -> int:
    return len(next(iter(arrays.values())))
