"""What every way to ask for a prediction shares: who may, how often, what answers, and what is written of it."""

import asyncio
import itertools
import logging
import re
import secrets
from collections.abc import Mapping

from builder.deployments.predict.endpoints import Directory
from builder.deployments.predict.following import listen, poll
from builder.deployments.predict.keyring import Keyring
from builder.deployments.predict.limits import Limiter
from builder.deployments.predict.recorder import Recorder
from builder.deployments.selectors import KeyRow
from trainer.errors import UserError

log = logging.getLogger(__name__)

Headers = Mapping[bytes, bytes]

FLUSH_SECONDS = 2.0
KEY_IN_QUERY = re.compile(rb"(?:^|&)(?:key|api_key|apikey|token|access_token|authorization)=", re.IGNORECASE)
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class PredictService:
    """One in each web process. `startup` and `shutdown` belong to the server's lifespan."""

    def __init__(self) -> None:
        self.directory = Directory()
        self.keyring = Keyring()
        self.limiter = Limiter()
        self.recorder = Recorder()
        self.is_leaving = False
        self._tasks: list[asyncio.Task] = []
        self._id_head = secrets.token_hex(6)
        self._id_tail = itertools.count(1)

    async def startup(self) -> None:
        self._tasks = [
            asyncio.create_task(poll(self.directory, self.keyring)),
            asyncio.create_task(listen(self.directory, self.keyring)),
            asyncio.create_task(self._flush_now_and_then()),
        ]

    async def shutdown(self) -> None:
        self.is_leaving = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.recorder.flush()
        self.directory.close()

    def request_id(self, headers: Headers) -> str:
        given = headers.get(b"x-request-id")
        if given is not None and REQUEST_ID.fullmatch(given):
            return given.decode()
        return f"{self._id_head}-{next(self._id_tail):x}"

    async def authorise(self, slug: str, query: bytes, headers: Headers) -> KeyRow:
        """The key of the request, which opens `slug`. A wrong key is told nothing of `slug`."""
        authorization = headers.get(b"authorization", b"")
        if authorization[:7].lower() != b"bearer ":
            raise UserError("predict.key_in_query" if KEY_IN_QUERY.search(query) else "predict.no_key", status=401)
        key = await self.keyring.open(authorization[7:].strip().decode("latin-1"))
        if slug not in key.slugs:
            raise UserError("predict.key_scope", status=403)
        return key

    def limit(self, key: KeyRow) -> None:
        """Raises predict.limited (429) where the key has used up its rate."""
        if key.requests_per_second is not None and (wait := self.limiter.take(key.prefix, key.requests_per_second)):
            raise UserError("predict.limited", status=429, limit=key.requests_per_second, seconds=wait)

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await self.recorder.flush()
