"""Reads. Those for people start from what they may see; those for the predict application answer plain rows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from builder.deployments.models import Deployment, DeploymentVersion, Key, RequestLog, UsageMinute
from builder.deployments.predict.latency import add_counts, quantile_ms
from builder.runs.models import Checkpoint, Run

WINDOWS = {
    "1h": (timedelta(hours=1), timedelta(minutes=1)),
    "24h": (timedelta(hours=24), timedelta(minutes=30)),
    "7d": (timedelta(days=7), timedelta(hours=3)),
}
NUM_SHOWN_REQUESTS = 50


class EndpointRow(NamedTuple):
    """What the predict application knows of a deployment. `version_id` is None where none serves."""

    slug: str
    deployment_id: UUID
    state: str
    version_id: UUID | None
    number: int
    storage_key: str
    runtime: str
    size_bytes: int


class KeyRow(NamedTuple):
    """What the predict application knows of a key. `slugs` are the deployments it opens."""

    prefix: str
    name: str
    digest: bytes
    slugs: frozenset[str]
    requests_per_second: int | None
    expires_at: datetime | None


def deployment_list(*, user, project: UUID | None = None) -> QuerySet[Deployment]:
    deployments = Deployment.objects.visible_to(user).select_related("project", "active_version")
    return deployments.filter(project_id=project) if project else deployments


def deployment_get(*, user, slug: str) -> Deployment:
    """The deployment, or Http404 where it is not the person's."""
    deployment = deployment_list(user=user).filter(slug=slug).first()
    if deployment is None:
        raise Http404
    return deployment


def version_list(*, deployment: Deployment) -> QuerySet[DeploymentVersion]:
    return deployment.versions.select_related("run", "checkpoint").order_by("-number")


def key_list(*, deployment: Deployment) -> QuerySet[Key]:
    return deployment.keys.order_by("-id")


def key_get(*, deployment: Deployment, key_id: UUID) -> Key:
    key = deployment.keys.filter(id=key_id).first()
    if key is None:
        raise Http404
    return key


def deployable_checkpoint(*, user, checkpoint: UUID | None, run: UUID | None) -> Checkpoint | None:
    """The checkpoint named, or the best one of the run named; None where that has none. Http404 if not the person's."""
    checkpoints = Checkpoint.objects.visible_to(user).select_related("run__project")
    if checkpoint is not None:
        found = checkpoints.filter(id=checkpoint).first()
        if found is None:
            raise Http404
        return found
    if not Run.objects.visible_to(user).filter(id=run).exists():
        raise Http404
    ranked = sorted(checkpoints.filter(run_id=run), key=lambda c: ("best" in c.kinds, "last" in c.kinds, c.step))
    return ranked[-1] if ranked else None


def usage(*, deployment: Deployment, window: str) -> dict:
    """Totals, buckets in order of time without gaps, and the p50 of each version, over the last hour, day or week."""
    span, step = WINDOWS[window]
    now = timezone.now()
    start = _floor(now - span, step)
    minutes = list(deployment.usage.filter(minute__gte=start))
    buckets: dict[datetime, list[UsageMinute]] = {start + step * n: [] for n in range(int(span / step) + 1)}
    versions: dict[int, list[UsageMinute]] = {}
    for minute in minutes:
        buckets[_floor(minute.minute, step)].append(minute)
        versions.setdefault(minute.version_number, []).append(minute)
    return {
        "window": window,
        "bucket_seconds": int(step.total_seconds()),
        "totals": _sum_up(minutes),
        "buckets": [{"time": time, **_sum_up(part)} for time, part in buckets.items()],
        "versions": [{"number": number, **_sum_up(part)} for number, part in sorted(versions.items())],
        "last_requests": last_requests(deployment=deployment),
    }


def last_requests(*, deployment: Deployment) -> QuerySet[RequestLog]:
    return deployment.requests.order_by("-time", "-id")[:NUM_SHOWN_REQUESTS]


def endpoint_rows(slugs: Iterable[str]) -> dict[str, EndpointRow]:
    """By slug; what is missing does not exist (any more)."""
    rows = Deployment.objects.filter(slug__in=list(slugs)).values_list(
        "slug",
        "id",
        "state",
        "active_version_id",
        "active_version__number",
        "active_version__storage_key",
        "active_version__runtime",
        "active_version__size_bytes",
    )
    return {row[0]: EndpointRow(*row[:4], row[4] or 0, row[5] or "", row[6] or "", row[7] or 0) for row in rows}


def key_rows(prefixes: Iterable[str]) -> dict[str, KeyRow]:
    """The usable keys by prefix; what is missing is unknown or revoked."""
    keys = Key.objects.filter(prefix__in=list(prefixes), revoked_at=None).prefetch_related("deployments")
    return {
        key.prefix: KeyRow(
            key.prefix,
            key.name,
            bytes(key.digest),
            frozenset(deployment.slug for deployment in key.deployments.all()),
            key.requests_per_second,
            key.expires_at,
        )
        for key in keys
    }


def _sum_up(minutes: list[UsageMinute]) -> dict:
    counts = add_counts(minute.latency for minute in minutes)
    return {
        "num_answered": sum(minute.num_answered for minute in minutes),
        "num_invalid": sum(minute.num_invalid for minute in minutes),
        "num_refused": sum(minute.num_refused for minute in minutes),
        "num_failed": sum(minute.num_failed for minute in minutes),
        "num_rows": sum(minute.num_rows for minute in minutes),
        "p50_ms": quantile_ms(counts, 0.5),
        "p95_ms": quantile_ms(counts, 0.95),
    }


def _floor(time: datetime, step: timedelta) -> datetime:
    seconds = step.total_seconds()
    return datetime.fromtimestamp(time.timestamp() // seconds * seconds, tz=time.tzinfo)
