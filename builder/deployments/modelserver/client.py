"""A web process's end of the model server's socket: one connection, many requests at a time."""

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from django.conf import settings

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
from trainer.errors import UserError
from trainer.serving.generation import Prompt

log = logging.getLogger(__name__)

HELLO_SECONDS = 2.0  # how long a request waits for a server that is starting before it is told so

_decoder = msgspec.msgpack.Decoder(Hello | Done | Generated | Failed)


class ModelServerClient:
    """`address` is `host:port` on another machine, or the path of the socket on this one."""

    def __init__(self, address: str | Path = "") -> None:
        self._address = address or settings.MODEL_SERVER or settings.RUN_DIR / "models.sock"
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Done | Generated]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task | None = None
        self._ready: asyncio.Event | None = None

    async def load(self, storage_key: str) -> None:
        """Return once the server holds the bundle. Raises predict.starting (503) while there is no server."""
        await self._ask(Load(next(self._numbers), storage_key))

    async def run(self, storage_key: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        done = await self._ask(Run(next(self._numbers), storage_key, to_wire(arrays)))
        assert isinstance(done, Done)
        return from_wire(done.outputs)

    async def generate(self, storage_key: str, prompts: Sequence[Prompt], seconds: float) -> Generated:
        """What the network adds to each prompt within `seconds`. Raises predict.deadline (504)."""
        given = await self._ask(Generate(next(self._numbers), storage_key, list(prompts), seconds))
        assert isinstance(given, Generated)
        return given

    def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _ask(self, message: Load | Run | Generate) -> Done | Generated:
        writer = await self._connection()
        future = self._waiting[message.id] = asyncio.get_running_loop().create_future()
        try:
            writer.write(pack(message))
            await writer.drain()
            return await future
        except OSError as error:
            raise starting() from error
        finally:
            self._waiting.pop(message.id, None)

    async def _connection(self) -> asyncio.StreamWriter:
        """A connection whose server has said hello."""
        if self._reading is None or self._reading.done():
            self._ready = asyncio.Event()
            self._reading = asyncio.create_task(self._read(self._ready))
        ready, reading = self._ready, self._reading
        hello = asyncio.create_task(ready.wait())
        await asyncio.wait({hello, reading}, timeout=HELLO_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        hello.cancel()
        if not ready.is_set() or self._writer is None:
            raise starting()
        return self._writer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._address, Path):
            return await asyncio.open_unix_connection(self._address)
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host, int(port))

    async def _read(self, ready: asyncio.Event) -> None:
        try:
            reader, self._writer = await self._open()
            while True:
                match await read_message(reader, _decoder):
                    case Hello():
                        ready.set()
                    case Done() | Generated() as answer:
                        if future := self._waiting.get(answer.id):
                            future.set_result(answer)
                    case Failed() as failed:
                        if future := self._waiting.get(failed.id):
                            future.set_exception(UserError(failed.code, status=failed.status, **failed.fields))
        except (OSError, asyncio.IncompleteReadError) as error:
            log.info("no model server: %s", error)
        finally:
            if self._writer is not None:
                with contextlib.suppress(OSError):
                    self._writer.close()
                self._writer = None
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(starting())


def starting() -> UserError:
    return UserError("predict.starting", status=503)
