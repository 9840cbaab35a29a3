"""What was answered, kept in memory and written in batches: no request waits for the database."""

import logging
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from builder.deployments.models import Deployment, Key, RequestLog, UsageMinute
from builder.deployments.predict.latency import add_counts, bucket_of
from builder.deployments.predict.threads import in_database
from builder.deployments.selectors import EndpointRow
from trainer.errors import UserError

log = logging.getLogger(__name__)

MAX_TOLD_TEXT = 80  # characters
NUM_KEPT = 50  # last requests of a version in a minute, between two flushes


@dataclass(slots=True)
class Exchange:
    """One request on its way and what is said of it afterwards. `outcome` is the first prediction, or the error."""

    request_id: str
    caller: str = ""
    key_prefix: str = ""
    status: int = 500
    num_rows: int = 0
    outcome: Any = None
    started: float = field(default_factory=time.perf_counter)
    ended: float = 0.0

    @property
    def latency_ms(self) -> float:
        return ((self.ended or time.perf_counter()) - self.started) * 1000


@dataclass(slots=True)
class _Minute:
    """The requests of one version within one minute, and the last of them with the time they ended at."""

    last: deque[tuple[float, Exchange]] = field(default_factory=lambda: deque(maxlen=NUM_KEPT))
    num_answered: int = 0
    num_invalid: int = 0
    num_refused: int = 0
    num_failed: int = 0
    num_rows: int = 0
    latency: dict[str, int] = field(default_factory=dict)

    def add(self, now: float, exchange: Exchange) -> None:
        self.last.append((now, exchange))
        status = exchange.status
        if status < 400:
            self.num_answered += 1
            self.num_rows += exchange.num_rows
            bucket = bucket_of(exchange.latency_ms)
            self.latency[bucket] = self.latency.get(bucket, 0) + 1
        elif status in (429, 503):
            self.num_refused += 1
        elif status < 500:
            self.num_invalid += 1
        else:
            self.num_failed += 1


MinuteKey = tuple[str, int, int]  # slug, version, minutes since 1970


class Recorder:
    def __init__(self) -> None:
        self._minutes: dict[MinuteKey, _Minute] = {}
        self._used_keys: set[str] = set()

    def add(self, row: EndpointRow, exchange: Exchange) -> None:
        exchange.ended = time.perf_counter()
        now = time.time()
        key = (row.slug, row.number, int(now) // 60)
        minute = self._minutes.get(key)
        if minute is None:
            minute = self._minutes[key] = _Minute()
        minute.add(now, exchange)
        self._used_keys.add(exchange.key_prefix)

    async def flush(self) -> None:
        """Write what has gathered. What cannot be written now is dropped and said in the log."""
        if not self._minutes:
            return
        minutes, used_keys = self._minutes, self._used_keys
        self._minutes, self._used_keys = {}, set()
        try:
            await in_database(_write, minutes, used_keys)
        except DatabaseError:
            log.exception("the counts of %d minutes of requests are lost", len(minutes))


def _write(minutes: dict[MinuteKey, _Minute], used_keys: set[str]) -> None:
    with transaction.atomic():
        slugs = {slug for slug, _, _ in minutes}
        ids: dict[str, UUID] = dict(Deployment.objects.filter(slug__in=slugs).values_list("slug", "id"))
        for (slug, number, start), minute in minutes.items():
            if slug in ids:
                _add_minute(ids[slug], number, datetime.fromtimestamp(start * 60, UTC), minute)
                RequestLog.objects.bulk_create(_log_row(ids[slug], number, *entry) for entry in minute.last)
        Key.objects.filter(prefix__in=used_keys).update(last_used_at=timezone.now())


def _add_minute(deployment_id: UUID, number: int, start: datetime, minute: _Minute) -> None:
    row, _ = UsageMinute.objects.select_for_update().get_or_create(
        deployment_id=deployment_id, version_number=number, minute=start
    )
    row.num_answered += minute.num_answered
    row.num_invalid += minute.num_invalid
    row.num_refused += minute.num_refused
    row.num_failed += minute.num_failed
    row.num_rows += minute.num_rows
    row.latency = add_counts([row.latency, minute.latency])
    row.save()


def _log_row(deployment_id: UUID, number: int, time: float, exchange: Exchange) -> RequestLog:
    return RequestLog(
        deployment_id=deployment_id,
        time=datetime.fromtimestamp(time, UTC),
        request_id=exchange.request_id,
        version_number=number,
        caller=exchange.caller,
        status=exchange.status,
        num_rows=exchange.num_rows,
        latency_ms=round(exchange.latency_ms, 3),
        summary=_summary(exchange),
    )


def _summary(exchange: Exchange) -> dict[str, Any]:
    """What was answered, in a line: the class of a single row or how its text begins, how many rows, or the error."""
    outcome = exchange.outcome
    if isinstance(outcome, UserError):
        first = outcome.problems[0] if outcome.problems else outcome
        return {"code": first.code, "message": first.message()[:200]}
    if exchange.num_rows != 1 or not isinstance(outcome, dict):
        return {"rows": exchange.num_rows}
    answer = next(iter(outcome.values()))
    if isinstance(answer, dict) and "text" in answer:
        return {"value": answer["text"][:MAX_TOLD_TEXT]}
    if isinstance(answer, dict):
        return {"class": answer["class"], "probability": answer["probabilities"].get(str(answer["class"]))}
    return {"value": answer}
