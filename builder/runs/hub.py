"""Who waits for a run's events in this process, and how they hear of new ones.

One channel listens to the nudges of all runs that somebody reads; beside it one query every two seconds asks how far
they have come. So a lost nudge, or a bus that is away, costs two seconds and nothing else, for any number of readers.
Readers that have come equally far share what is read for them.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from builder.runs.log import EVENTS_PER_READ, read_events
from builder.runs.nudges import group_of
from builder.runs.rendering import rendered_event
from builder.runs.selectors import last_seqs

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a log as it is sent: a text an event. `last_seq` is the last number in it; `more` may be there."""

    texts: list[str]
    last_seq: int
    more: bool


class Reader:
    """One reader's place. `wait` returns when the run may have got past what a `read` gave."""

    def __init__(self, run: "RunReads") -> None:
        self._news = asyncio.Event()
        self._run = run

    async def read(self, *, after: int, language: str) -> Piece:
        """The log after the number `after`, with all that was written until now, unless there is `more` than a piece.

        What is written from now on ends the next `wait`.
        """
        self._news.clear()
        return await self._run.read(after, language)

    async def wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    def tell(self) -> None:
        self._news.set()


class RunReads:
    """The readers of one run. Those that ask for the same piece at the same time get it from one query."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self.readers: set[Reader] = set()
        self._pieces: dict[tuple[int, str], asyncio.Future[Piece]] = {}

    async def read(self, after: int, language: str) -> Piece:
        key = (after, language)
        if key not in self._pieces:
            reading = database_sync_to_async(read_piece, thread_sensitive=False)(self.run_id, after, language)
            self._pieces[key] = asyncio.ensure_future(reading)
            self._pieces[key].add_done_callback(partial(self._forget, key))
        return await asyncio.shield(self._pieces[key])

    def tell(self) -> None:
        """There is news, which what is being read may lack: it is given to nobody who asks from now on."""
        self._pieces.clear()
        for reader in self.readers:
            reader.tell()

    def _forget(self, key: tuple[int, str], piece: asyncio.Future[Piece]) -> None:
        if self._pieces.get(key) is piece:
            del self._pieces[key]


def read_piece(run_id: UUID, after: int, language: str) -> Piece:
    events = read_events(run_id, after=after)
    texts = [msgspec.json.encode(rendered_event(event, language)).decode() for event in events]
    return Piece(texts, events[-1]["seq"] if events else after, len(events) >= EVENTS_PER_READ)


class Hub:
    """The readers of one event loop."""

    def __init__(self) -> None:
        self._runs: dict[UUID, RunReads] = {}
        self._reached: dict[UUID, int] = {}
        self._joined: set[UUID] = set()
        self._tasks: list[asyncio.Task] = []
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def reading(self, run_id: UUID) -> AsyncIterator[Reader]:
        """From the moment this is entered, no event of the run goes unannounced."""
        run = self._runs.setdefault(run_id, RunReads(run_id))
        reader = Reader(run)
        run.readers.add(reader)
        self._changed.set()
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._look()), asyncio.create_task(self._listen())]
        try:
            yield reader
        finally:
            run.readers.discard(reader)
            if not run.readers:
                del self._runs[run_id]
                self._reached.pop(run_id, None)
                self._changed.set()
            if not self._runs:
                for task in self._tasks:
                    task.cancel()
                self._tasks = []
                self._joined.clear()

    def _announce(self, run_id: UUID) -> None:
        if run_id in self._runs:
            self._runs[run_id].tell()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                reached = await database_sync_to_async(last_seqs, thread_sensitive=False)(list(self._runs))
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
            wanted = set(self._runs)
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
