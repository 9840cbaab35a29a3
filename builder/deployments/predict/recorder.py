"""What was answered, kept in memory and written in batches: no request waits for the database."""

import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DatabaseError, transaction
from django.utils import timezone

from builder.deployments.models import Deployment, Key, RequestLog, UsageMinute
from builder.deployments.predict.latency import add_counts, bucket_of
from builder.deployments.predict.threads import in_database
from trainer.errors import UserError

log = logging.getLogger(__name__)

NUM_KEPT = 50  # last requests a deployment, between two flushes


class Request(NamedTuple):
    """One request that was answered. `outcome` is the first prediction, or the error."""

    deployment_id: UUID
    version_number: int
    caller: str
    key_prefix: str
    status: int
    num_rows: int
    latency_ms: float
    request_id: str
    outcome: dict[str, Any] | Exception | None


@dataclass(slots=True)
class _Minute:
    num_answered: int = 0
    num_invalid: int = 0
    num_refused: int = 0
    num_failed: int = 0
    num_rows: int = 0
    latency: dict[str, int] = field(default_factory=dict)

    def add(self, request: Request) -> None:
        if request.status < 400:
            self.num_answered += 1
            self.num_rows += request.num_rows
            bucket = bucket_of(request.latency_ms)
            self.latency[bucket] = self.latency.get(bucket, 0) + 1
        elif request.status in (429, 503):
            self.num_refused += 1
        elif request.status < 500:
            self.num_invalid += 1
        else:
            self.num_failed += 1


class Recorder:
    def __init__(self) -> None:
        self._minutes: dict[tuple[UUID, int, datetime], _Minute] = {}
        self._last: dict[UUID, deque[tuple[datetime, Request]]] = {}
        self._used_keys: set[str] = set()

    def add(self, request: Request) -> None:
        now = datetime.now(UTC)
        minute_key = (request.deployment_id, request.version_number, now.replace(second=0, microsecond=0))
        minute = self._minutes.get(minute_key)
        if minute is None:
            minute = self._minutes[minute_key] = _Minute()
        minute.add(request)
        last = self._last.get(request.deployment_id)
        if last is None:
            last = self._last[request.deployment_id] = deque(maxlen=NUM_KEPT)
        last.append((now, request))
        if request.key_prefix:
            self._used_keys.add(request.key_prefix)

    async def flush(self) -> None:
        """Write what has gathered. What cannot be written now is dropped and said in the log."""
        if not self._minutes:
            return
        minutes, last, used_keys = self._minutes, self._last, self._used_keys
        self._minutes, self._last, self._used_keys = {}, {}, set()
        try:
            await in_database(_write, minutes, last, used_keys)
        except DatabaseError:
            log.exception("the counts of %d minutes of requests are lost", len(minutes))


def _write(
    minutes: dict[tuple[UUID, int, datetime], _Minute],
    last: dict[UUID, deque[tuple[datetime, Request]]],
    used_keys: set[str],
) -> None:
    with transaction.atomic():
        existing = set(Deployment.objects.filter(id__in={key[0] for key in minutes}).values_list("id", flat=True))
        for (deployment_id, number, start), minute in minutes.items():
            if deployment_id in existing:
                _add_minute(deployment_id, number, start, minute)
        RequestLog.objects.bulk_create(
            _log_row(time, request)
            for kept in last.values()
            for time, request in kept
            if request.deployment_id in existing
        )
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


def _log_row(time: datetime, request: Request) -> RequestLog:
    return RequestLog(
        deployment_id=request.deployment_id,
        time=time,
        request_id=request.request_id,
        version_number=request.version_number,
        caller=request.caller,
        status=request.status,
        num_rows=request.num_rows,
        latency_ms=round(request.latency_ms, 3),
        summary=_summary(request),
    )


def _summary(request: Request) -> dict[str, Any]:
    """What was answered, in a line: the class of a single row, the number of rows, or the error."""
    outcome = request.outcome
    if isinstance(outcome, UserError):
        first = outcome.problems[0] if outcome.problems else outcome
        return {"code": first.code, "message": first.message()[:200]}
    if request.num_rows != 1 or not isinstance(outcome, dict):
        return {"rows": request.num_rows}
    answer = next(iter(outcome.values()))
    if isinstance(answer, dict):
        return {"class": answer["class"], "probability": answer["probabilities"].get(str(answer["class"]))}
    return {"value": answer}
