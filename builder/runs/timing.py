"""Times and rates of a run, for the person who waits for it."""

from collections.abc import Mapping
from typing import Any

from builder.runs.models import Run


def elapsed_seconds(run: Run) -> float:
    """Seconds the run has trained, pauses left out. The holder writes them with each flush."""
    return round(run.active_seconds, 3)


def time_left_seconds(run: Run) -> float | None:
    if run.status != Run.Status.RUNNING or not run.seconds_per_step or not run.num_steps:
        return None
    return round((run.num_steps - run.step) * run.seconds_per_step, 1)


def samples_per_second(run: Run) -> float | None:
    if not run.seconds_per_step:
        return None
    rows = run.config["batch_size"]
    if rows == "all":
        rows = run.summary.get("num_rows")
    elif (accumulate := run.config.get("gradients", {}).get("accumulate", 1)) > 1:
        rows *= accumulate
    return round(rows / run.seconds_per_step, 1) if rows else None


def trained_rows(graph: Mapping[str, Any], manifest: Mapping[str, Any]) -> int | None:
    """How many rows a bound graph trains on; None where they are windows of a text, which its tokens decide."""
    if any(node["type"] == "Output" and node["params"].get("target") == "next_token" for node in graph["nodes"]):
        return None
    return int(manifest["splits"]["train"])
