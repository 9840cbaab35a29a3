"""The live stream of a run: `ws /ws/runs/{id}/?after=SEQ`."""

import asyncio
import contextlib
import logging
import time
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from builder.runs.hub import hub
from builder.runs.presence import current_user, language_of
from builder.runs.selectors import run_is_visible

SIGNED_OUT, NOT_FOUND, TRY_AGAIN = 4401, 4404, 1013
CHECK_SECONDS = 20.0

log = logging.getLogger(__name__)


class RunStream(AsyncWebsocketConsumer):
    """Sends the log after `after`, then what is added to it: in order, nothing twice, nothing left out.

    It subscribes before it reads, reads in bounded pieces, and reads on only when a piece is sent; so a slow reader
    holds up only itself. What wakes it carries no data: the log is the one source.
    """

    channel_layer_alias = ""  # the hub listens to the channel layer for all readers of the process
    _streaming: asyncio.Task | None = None

    async def connect(self) -> None:
        user = await current_user(self.scope)
        if user is None:
            await self.close()
            return
        await self.accept()
        if not await database_sync_to_async(run_is_visible)(user=user, run_id=self._run_id):
            await self.close(NOT_FOUND)
            return
        self._streaming = asyncio.create_task(self._stream_or_close())

    async def disconnect(self, code: int) -> None:
        if self._streaming is not None:
            self._streaming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._streaming

    @property
    def _run_id(self) -> UUID:
        return self.scope["url_route"]["kwargs"]["run_id"]

    def _after(self) -> int:
        text = parse_qs(self.scope["query_string"].decode("latin-1")).get("after", ["0"])[0]
        return min(int(text), 2**62) if text.isascii() and text.isdigit() else 0

    async def _stream_or_close(self) -> None:
        """Close a page whose stream cannot be read: it comes back with its last number, and is not left mute."""
        try:
            await self._stream()
        except DatabaseError as error:
            log.warning("the stream of run %s is closed, the database does not answer: %s", self._run_id, error)
            await self.close(TRY_AGAIN)

    async def _stream(self) -> None:
        position, language = self._after(), language_of(self.scope)
        checked_at = time.monotonic()
        async with hub().reading(self._run_id) as reader:
            while True:
                piece = await reader.read(after=position, language=language)
                for text in piece.texts:
                    await self.send(text_data=text)
                position = piece.last_seq
                if not piece.more:
                    await reader.wait(CHECK_SECONDS)
                if time.monotonic() - checked_at >= CHECK_SECONDS:
                    checked_at = time.monotonic()
                    if not await self._may_read():
                        await self.close(SIGNED_OUT)
                        return

    async def _may_read(self) -> bool:
        user = await current_user(self.scope)
        return user is not None and await database_sync_to_async(run_is_visible)(user=user, run_id=self._run_id)


class UnknownStream(AsyncWebsocketConsumer):
    """Any other address: refused before it is open."""

    channel_layer_alias = ""

    async def connect(self) -> None:
        await self.close(NOT_FOUND)
