"""Keys in memory. One read less than `MAX_AGE_SECONDS` ago is believed; the poll keeps those in use fresh."""

import asyncio
import hmac
import time
from collections import OrderedDict
from dataclasses import dataclass

from builder.deployments.keys import key_digest, split_key
from builder.deployments.predict.threads import in_database
from builder.deployments.selectors import KeyRow, key_rows
from trainer.errors import UserError

MAX_AGE_SECONDS = 45
UNKNOWN_SECONDS = 5
MAX_KEYS = 20_000


@dataclass(slots=True)
class _Known:
    """`row` is None for a prefix that no usable key has."""

    row: KeyRow | None
    expires_at: float
    believed_until: float


class Keyring:
    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._reading: dict[str, asyncio.Task] = {}

    async def open(self, text: str) -> KeyRow:
        """The key that `text` is; raises predict.wrong_key (401), whatever is wrong with it."""
        parts = split_key(text)
        if parts is None:
            raise wrong_key()
        prefix, secret = parts
        known = self._known.get(prefix)
        if known is None or known.believed_until < time.monotonic():
            known = await self._read(prefix)
        row = known.row
        if row is None or not hmac.compare_digest(row.digest, key_digest(secret)) or known.expires_at <= time.time():
            raise wrong_key()
        return row

    async def refresh(self, prefixes: list[str] | None = None) -> None:
        """Read the keys in memory again (those of `prefixes`)."""
        wanted = [prefix for prefix in prefixes or list(self._known) if prefix in self._known]
        if wanted:
            self._keep(wanted, await in_database(key_rows, wanted))

    async def _read(self, prefix: str) -> _Known:
        """From the database, once for all who ask at the same time."""
        task = self._reading.get(prefix)
        if task is None:
            task = self._reading[prefix] = asyncio.ensure_future(in_database(key_rows, [prefix]))
            task.add_done_callback(lambda _: self._reading.pop(prefix, None))
        self._keep([prefix], await asyncio.shield(task))
        return self._known[prefix]

    def _keep(self, prefixes: list[str], rows: dict[str, KeyRow]) -> None:
        now = time.monotonic()
        for prefix in prefixes:
            row = rows.get(prefix)
            expires_at = row.expires_at.timestamp() if row and row.expires_at else float("inf")
            self._known[prefix] = _Known(row, expires_at, now + (MAX_AGE_SECONDS if row else UNKNOWN_SECONDS))
            self._known.move_to_end(prefix)
        while len(self._known) > MAX_KEYS:
            self._known.popitem(last=False)


def wrong_key() -> UserError:
    return UserError("predict.wrong_key", status=401)
