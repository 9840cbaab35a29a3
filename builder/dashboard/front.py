"""The front page of the admin: figures turned into cards, charts and tables."""

import json
from datetime import datetime

from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from builder.dashboard import figures
from builder.dashboard.texts import say

COLORS = {
    "succeeded": "#2f6fdb",
    "failed": "#c42b2b",
    "cancelled": "#b56b00",
    "answered": "#2f6fdb",
    "refused": "#b56b00",
    "errors": "#c42b2b",
}
CHART_OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    "animation": False,
    "scales": {
        "x": {"stacked": True, "grid": {"display": False}},
        "y": {"stacked": True, "beginAtZero": True, "ticks": {"precision": 0}},
    },
    "plugins": {"legend": {"display": True, "position": "top", "align": "end", "labels": {"boxWidth": 10}}},
}


def dashboard(request: HttpRequest, context: dict) -> dict:
    """Unfold's DASHBOARD_CALLBACK: adds what templates/admin/index.html shows."""
    now = timezone.now()
    totals = figures.totals()
    free, total = figures.disk_space()
    return context | {
        "title": say("front"),
        "cards": _cards(totals),
        "charts": [
            _chart("runs_a_day", figures.runs_finished_by_day(now), "%d %b"),
            _chart("requests_an_hour", figures.requests_by_hour(now), "%H:%M"),
        ],
        "tables": [
            _queue_table(),
            _worker_table(now),
            _deployment_table(now),
            _disk_table() | {"note": say("disk_free", free=filesizeformat(free), total=filesizeformat(total))},
        ],
    }


def _cards(totals: figures.Totals) -> list[dict]:
    runs = totals.runs
    return [
        _card("people", totals.people, say("active_30", count=totals.active_people), "accounts_user"),
        _card("projects", totals.projects, say("datasets_ready", count=totals.dataset_versions), "projects_project"),
        _card(
            "runs",
            sum(runs.values()),
            say("queue_now", queued=runs["queued"], running=runs["running"]),
            "runs_run",
        ),
        _card(
            "deployments",
            totals.deployments,
            say("live_deployments", count=totals.live_deployments),
            "deployments_deployment",
        ),
    ]


def _card(name: str, value: int, note, model: str) -> dict:
    url = reverse(f"admin:{model}_changelist")
    return {"name": name, "title": say(name), "value": value, "note": note, "href": url}


def _chart(name: str, series: figures.Series, moment_format: str) -> dict:
    data = {
        "labels": [f"{moment:{moment_format}}" for moment in series.moments],
        "datasets": [
            {"label": str(say(label)), "data": counts, "backgroundColor": COLORS[label], "maxBarThickness": 28}
            for label, counts in series.counts.items()
        ],
    }
    return {"name": name, "title": say(name), "data": json.dumps(data), "options": json.dumps(CHART_OPTIONS)}


def _table(name: str, headers: list[str], rows: list[list], empty: str) -> dict:
    return {
        "name": name,
        "title": say(name),
        "table": {"headers": [str(say(header)) for header in headers], "rows": rows},
        "empty": say(empty),
    }


def _queue_table() -> dict:
    rows = [
        [
            format_html(
                '<a class="underline" href="{}">{}, {}</a>',
                reverse("admin:runs_run_change", args=[run.id]),
                run.project.name,
                run,
            ),
            run.owner.email,
            say(run.status),
            f"{run.step:,} / {run.num_steps:,}" if run.num_steps else "–",
            f"{run.created_at:%Y-%m-%d %H:%M}",
            str(run.worker) if run.worker else "–",
        ]
        for run in figures.queue()
    ]
    return _table("queue", ["run", "person", "state", "progress", "since", "worker"], rows, "queue_empty")


def _worker_table(now: datetime) -> dict:
    rows = []
    for worker in figures.workers():
        seconds = figures.seconds_since_heartbeat(worker, now)
        silent = seconds > figures.SILENT_AFTER_SECONDS
        heartbeat = say("seconds_ago", seconds=seconds)
        rows.append(
            [
                str(worker),
                worker.device,
                f"{filesizeformat(worker.used_memory_bytes)} / {filesizeformat(worker.memory_bytes)}",
                format_html("{} ({})", heartbeat, say("silent")) if silent else heartbeat,
                ", ".join(str(run) for run in worker.runs.all()) or "–",
            ]
        )
    return _table("workers", ["worker", "device", "memory", "heartbeat", "holds"], rows, "no_workers")


def _deployment_table(now: datetime) -> dict:
    rows = [
        [
            format_html(
                '<a class="underline" href="{}">{}</a>',
                reverse("admin:deployments_deployment_change", args=[figure.deployment.id]),
                figure.deployment.slug,
            ),
            figure.deployment.owner.email,
            f"{figure.num_requests:,}",
            f"{figure.num_errors:,}",
            _milliseconds(figure.p50_ms),
            _milliseconds(figure.p95_ms),
        ]
        for figure in figures.busiest_deployments(now)
    ]
    headers = ["deployments", "person", "requests", "errors", "p50", "p95"]
    return _table("deployments", headers, rows, "no_deployments")


def _disk_table() -> dict:
    rows = [
        [say(f"area_{area.name}"), filesizeformat(area.size_bytes), f"{area.num_files:,}"]
        for area in figures.disk_areas()
    ]
    return _table("disk", ["area", "size", "files"], rows, "disk")


def _milliseconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ms"
