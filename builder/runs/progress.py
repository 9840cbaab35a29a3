"""What a run's row tells of its course, derived from the events as they are written: step, epoch, best, history.

The history is the monitored validation metric, a value an epoch: the sparkline of the runs list.
"""

from collections.abc import Sequence

from builder.runs.log import Event

MAX_HISTORY = 512
SPARKLINE_POINTS = 40


def monitored_metric(values: dict) -> str | None:
    """The validation metric by which a run is judged at a glance: the first that is not the loss, else the loss."""
    names = [name for name in values if name.startswith("val/")]
    return next((name for name in names if "loss" not in name), names[0] if names else None)


def changes_of_events(summary: dict, events: Sequence[Event]) -> dict[str, object]:
    """The columns of the row that `events` change. `summary` is the row's own and is not modified."""
    changes: dict[str, object] = {}
    summary = dict(summary)
    for event in events:
        match event["type"]:
            case "point":
                length = max((len(series) for series in event["values"].values()), default=0)
                changes["step"] = event["step"] + length - 1
                if rates := event["values"].get("rate"):
                    summary["rate"] = rates[-1]
            case "epoch":
                changes["step"], changes["epoch"] = event["step"], event["epoch"]
                summary = _with_epoch(summary, event)
            case "checkpoint" if "best" in event["kinds"]:
                summary["best"] = {"epoch": event["epoch"], "step": event["step"], "values": event["metrics"]}
            case "end" if event.get("test"):
                summary["test"] = event["test"]
    changes["summary"] = summary
    return changes


def rewound_summary(summary: dict, step: int) -> dict:
    """The summary without what came after `step`."""
    history = [entry for entry in summary.get("history", ()) if entry[1] <= step]
    kept = {name: value for name, value in summary.items() if name not in ("history", "latest", "test")}
    return {**kept, "history": history}


def sparkline(summary: dict) -> list[float]:
    values = [value for _, _, value in summary.get("history", ()) if value is not None]
    if len(values) <= SPARKLINE_POINTS:
        return values
    stride = (len(values) - 1) / (SPARKLINE_POINTS - 1)
    return [values[round(index * stride)] for index in range(SPARKLINE_POINTS)]


def _with_epoch(summary: dict, event: Event) -> dict:
    values = event["values"]
    metric = summary.get("metric") or monitored_metric(values)
    history = list(summary.get("history", ()))
    if metric is not None:
        history.append([event["epoch"], event["step"], values.get(metric)])
    if len(history) > MAX_HISTORY:
        history = [history[0], *history[2::2]]
    latest = {"epoch": event["epoch"], "step": event["step"], "values": values}
    return {**summary, "metric": metric, "history": history, "latest": latest}
