"""The numbers of the dashboard's front page, each read from the database (or the disk) when it is asked for."""

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Sum
from django.db.models.functions import TruncDay, TruncHour
from django.utils import timezone

from builder.accounts.models import User
from builder.datasets.models import DatasetVersion
from builder.deployments.models import Deployment, UsageMinute
from builder.deployments.predict.latency import add_counts, quantile_ms
from builder.projects.models import Project
from builder.runs.models import Run, Worker

# A worker writes its heartbeat every few seconds; after this long it is said to be silent.
SILENT_AFTER_SECONDS = 30
NUM_DAYS = 14
NUM_HOURS = 24
AREAS = {
    "datasets": ("files/datasets",),
    "runs": ("files/runs",),
    "deployments": ("files/deployments",),
    "store": ("db.sqlite3", "db.sqlite3-wal", "db.sqlite3-shm", "valkey"),
    "logs": ("log",),
    "cache": ("cache", "downloads"),
}


@dataclass(frozen=True, slots=True)
class Totals:
    people: int
    active_people: int
    projects: int
    dataset_versions: int
    runs: dict[str, int]
    deployments: int
    live_deployments: int


@dataclass(frozen=True, slots=True)
class Series:
    """Counts by name over the same moments, oldest first."""

    moments: list[datetime]
    counts: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class DeploymentFigures:
    deployment: Deployment
    num_requests: int
    num_errors: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Area:
    name: str
    size_bytes: int
    num_files: int


def totals() -> Totals:
    month_ago = timezone.now() - timedelta(days=30)
    by_status = dict(Run.objects.values_list("status").annotate(Count("id")))
    return Totals(
        people=User.objects.filter(is_active=True).count(),
        active_people=User.objects.filter(is_active=True, last_login__gte=month_ago).count(),
        projects=Project.objects.count(),
        dataset_versions=DatasetVersion.objects.filter(status="ready").count(),
        runs={status.value: by_status.get(status.value, 0) for status in Run.Status},
        deployments=Deployment.objects.count(),
        live_deployments=Deployment.objects.filter(state=Deployment.State.LIVE, active_version__isnull=False).count(),
    )


def runs_finished_by_day(now: datetime) -> Series:
    """Runs that reached each final state, a day each (UTC), the last being today."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=back) for back in reversed(range(NUM_DAYS))]
    rows = (
        Run.objects.filter(status__in=Run.FINAL, finished_at__gte=days[0])
        .annotate(day=TruncDay("finished_at"))
        .values_list("status", "day")
        .annotate(Count("id"))
    )
    found = {(status, day): count for status, day, count in rows}
    return Series(days, {status: [found.get((status, day), 0) for day in days] for status in map(str, Run.FINAL)})


def requests_by_hour(now: datetime) -> Series:
    """Predict requests of all deployments, an hour each, the last being the hour that runs."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    hours = [hour - timedelta(hours=back) for back in reversed(range(NUM_HOURS))]
    rows = (
        UsageMinute.objects.filter(minute__gte=hours[0])
        .annotate(hour=TruncHour("minute"))
        .values("hour")
        .annotate(
            answered=Sum("num_answered"),
            refused=Sum("num_refused"),
            invalid=Sum("num_invalid"),
            failed=Sum("num_failed"),
        )
    )
    found = {row["hour"]: row for row in rows}
    empty = {"answered": 0, "refused": 0, "invalid": 0, "failed": 0}
    by_hour = [found.get(moment, empty) for moment in hours]
    return Series(
        hours,
        {
            "answered": [row["answered"] for row in by_hour],
            "refused": [row["refused"] for row in by_hour],
            "errors": [row["invalid"] + row["failed"] for row in by_hour],
        },
    )


def queue() -> list[Run]:
    """What trains and what waits, in the order in which it was asked for."""
    active = Run.objects.filter(status__in=[Run.Status.RUNNING, Run.Status.QUEUED])
    return list(active.select_related("owner", "project", "worker").order_by("-status", "id")[:50])


def workers() -> list[Worker]:
    return list(Worker.objects.prefetch_related("runs"))


def seconds_since_heartbeat(worker: Worker, now: datetime) -> int:
    return max(0, int((now - worker.heartbeat_at).total_seconds()))


def busiest_deployments(now: datetime, limit: int = 10) -> list[DeploymentFigures]:
    """Deployments by their requests of the last 24 hours, with quantiles of the latency from the same minutes."""
    usage: dict[object, list[UsageMinute]] = {}
    for row in UsageMinute.objects.filter(minute__gte=now - timedelta(hours=24)):
        usage.setdefault(row.deployment_id, []).append(row)
    figures = [
        _deployment_figures(deployment, usage.get(deployment.id, ()))
        for deployment in Deployment.objects.select_related("owner", "active_version")
    ]
    return sorted(figures, key=lambda figure: (-figure.num_requests, figure.deployment.slug))[:limit]


def _deployment_figures(deployment: Deployment, rows: Iterable[UsageMinute]) -> DeploymentFigures:
    counts: Counter[str] = Counter()
    for row in rows:
        counts["answered"] += row.num_answered
        counts["errors"] += row.num_invalid + row.num_failed
        counts["refused"] += row.num_refused
    latency = add_counts(row.latency for row in rows)
    return DeploymentFigures(
        deployment=deployment,
        num_requests=counts.total(),
        num_errors=counts["errors"],
        p50_ms=quantile_ms(latency, 0.5),
        p95_ms=quantile_ms(latency, 0.95),
    )


def disk_areas(root: Path | None = None) -> list[Area]:
    """Bytes on disk below the data directory, by what they are for."""
    root = root or settings.DATA_DIR
    return [_area(name, [root / part for part in parts]) for name, parts in AREAS.items()]


def disk_space() -> tuple[int, int]:
    """Free and total bytes of the disk that holds the data directory."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    return usage.free, usage.total


def _area(name: str, paths: list[Path]) -> Area:
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*"))]
    sizes = []
    for file in files:
        try:
            status = file.lstat()
        except FileNotFoundError:  # swept away since it was listed
            continue
        if not file.is_dir():
            sizes.append(status.st_size)
    return Area(name, sum(sizes), len(sizes))
