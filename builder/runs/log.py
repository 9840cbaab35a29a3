"""A run's log: events with a sequence number, stored in chunks.

Event types: status, point, epoch, log, checkpoint, rewind, sample, end. One event has one `seq`; a `point` carries a
contiguous run of steps: `{"step": first, "values": {"train/loss": [...]}}`.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from builder.runs.models import MetricChunk

Event = dict[str, object]

EVENTS_PER_READ = 500
CHUNKS_PER_QUERY = 64


def event_time() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make_event(type_: str, **fields: object) -> Event:
    return {"type": type_, "time": event_time(), **fields}


def storable(value: object) -> object:
    """`value` as every database's JSON takes it: numbers that are not finite become null, NUL goes."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return value.replace("\x00", "") if "\x00" in value else value
    if isinstance(value, dict):
        return {str(key): storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


def numbered(events: Sequence[Event], last_seq: int) -> list[Event]:
    """The events with the sequence numbers up to and including `last_seq`."""
    first = last_seq - len(events) + 1
    return [{"seq": first + index, **event} for index, event in enumerate(events)]


def write_chunk(run_id: UUID, events: Sequence[Event], last_seq: int) -> None:
    """Store events whose numbers, ending in `last_seq`, the caller has just reserved in the same transaction."""
    payload = storable(numbered(events, last_seq))
    MetricChunk.objects.create(run_id=run_id, seq_from=last_seq - len(events) + 1, seq_to=last_seq, payload=payload)


def read_events(run_id: UUID, *, after: int, limit: int = EVENTS_PER_READ) -> list[Event]:
    """The events after sequence number `after`, in order, whole chunks until there are `limit` of them or more."""
    events: list[Event] = []
    for payload in _payloads(run_id, after):
        events.extend(event for event in payload if event["seq"] > after)
        if len(events) >= limit:
            break
    return events


def all_events(run_id: UUID) -> Iterator[Event]:
    for payload in _payloads(run_id, 0):
        yield from payload


def _payloads(run_id: UUID, after: int) -> Iterator[list[Event]]:
    while True:
        chunks = MetricChunk.objects.filter(run_id=run_id, seq_to__gt=after).order_by("seq_to")
        rows = list(chunks.values_list("seq_to", "payload")[:CHUNKS_PER_QUERY])
        for _, payload in rows:
            yield payload
        if len(rows) < CHUNKS_PER_QUERY:
            return
        after = rows[-1][0]
