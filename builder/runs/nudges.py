"""Nudges: "run X reached event N", sent over the channel layer after a commit.

They carry no data and may be lost: who waits for events also looks by itself. So sending never blocks and never fails:
one thread with an event loop of its own sends them, and a bus that is away costs nothing.
"""

import asyncio
import logging
import threading
from functools import cache
from uuid import UUID

from channels.layers import get_channel_layer

log = logging.getLogger(__name__)


def group_of(run_id: UUID | str) -> str:
    return f"run.{run_id}"


def nudge_run(run_id: UUID, last_seq: int) -> None:
    asyncio.run_coroutine_threadsafe(_send(run_id, last_seq), _sender_loop())


async def _send(run_id: UUID, last_seq: int) -> None:
    try:
        await get_channel_layer().group_send(
            group_of(run_id), {"type": "run.reached", "run": str(run_id), "seq": last_seq}
        )
    except Exception as error:  # whatever the bus's client raises: readers find the events by their own poll
        log.debug("no nudge for run %s: %s", run_id, error)


@cache
def _sender_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="nudges", daemon=True).start()
    return loop
