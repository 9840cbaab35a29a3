"""Who waits for a run's events in this process, and how they hear of new ones.

One channel listens to the nudges of all runs that somebody reads; beside it one query every two seconds asks how far
they have come. So a lost nudge, or a bus that is away, costs two seconds and nothing else, for any number of readers.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from builder.runs.nudges import group_of
from builder.runs.selectors import last_seqs

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
RETRY_SECONDS = 2.0


class Reader:
    """One reader's place. `wait` returns when the run may have got past `position`."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    def clear(self) -> None:
        self._news.clear()

    def tell(self) -> None:
        self._news.set()


class Hub:
    """The readers of one event loop."""

    def __init__(self) -> None:
        self._readers: dict[UUID, set[Reader]] = {}
        self._reached: dict[UUID, int] = {}
        self._joined: set[UUID] = set()
        self._tasks: list[asyncio.Task] = []
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def reading(self, run_id: UUID) -> AsyncIterator[Reader]:
        """From the moment this is entered, no event of the run goes unannounced."""
        reader = Reader()
        self._readers.setdefault(run_id, set()).add(reader)
        self._changed.set()
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._listen())]
        try:
            yield reader
        finally:
            self._readers[run_id].discard(reader)
            if not self._readers[run_id]:
                del self._readers[run_id]
                self._reached.pop(run_id, None)
                self._changed.set()
            if not self._readers:
                for task in self._tasks:
                    task.cancel()
                self._tasks = []
                self._joined.clear()

    def _announce(self, run_id: UUID) -> None:
        for reader in self._readers.get(run_id, ()):
            reader.tell()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                reached = await database_sync_to_async(last_seqs, thread_sensitive=False)(list(self._readers))
            except Exception as error:  # the database restarts: look again
                log.warning("cannot look for events: %s", error)
                continue
            for run_id, last_seq in reached.items():
                if self._reached.get(run_id) != last_seq:
                    self._reached[run_id] = last_seq
                    self._announce(run_id)

    async def _listen(self) -> None:
        """Join the groups of the runs that are read, and pass their nudges on; begin anew when the bus was away."""
        layer = get_channel_layer()
        while True:
            try:
                channel = await layer.new_channel()
                self._joined.clear()
                joining = asyncio.create_task(self._keep_joined(layer, channel))
                try:
                    while not joining.done():
                        message = await layer.receive(channel)
                        self._announce(UUID(message["run"]))
                finally:
                    joining.cancel()
            except Exception as error:  # whatever the bus's client raises
                log.info("no nudges for now: %s", error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _keep_joined(self, layer, channel: str) -> None:
        while True:
            self._changed.clear()
            wanted = set(self._readers)
            try:
                for run_id in wanted - self._joined:
                    await layer.group_add(group_of(run_id), channel)
                    self._joined.add(run_id)
                for run_id in self._joined - wanted:
                    await layer.group_discard(group_of(run_id), channel)
                    self._joined.discard(run_id)
            except Exception as error:
                log.info("no nudges for now: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await self._changed.wait()


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
