"""Events and errors in the reader's language. The log keeps codes and fields; sentences are made on the way out."""

from collections.abc import Mapping

import trainer.messages.training  # noqa: F401  (registers the sentences the child names)
from builder.runs import messages  # noqa: F401  (registers the sentences the holder names)
from builder.runs.log import Event
from builder.runs.models import Run
from builder.runs.queue import num_suited, shortage
from builder.runs.seats import offered
from trainer.messages.registry import render_message
from trainer.messages.sizes import bytes_text


def rendered_event(event: Event, language: str) -> Event:
    """The event as it is sent: a `log` gets its sentence, an `end` that of its error."""
    if event["type"] == "log" and event.get("code"):
        return {**event, "message": _sentence(event, language)}
    if event["type"] == "end" and event.get("error"):
        return {**event, "error": rendered_error(event["error"], language)}
    return event


def rendered_error(error: Mapping | None, language: str) -> dict | None:
    """`{"code", "message", "node", "traceback"}`, or None."""
    if not error:
        return None
    return {
        "code": error["code"],
        "message": _sentence(error, language),
        "node": error.get("node"),
        "traceback": error.get("traceback"),
    }


def waiting_reason(run: Run, language: str) -> str | None:
    """Why a queued run waits for memory, or for other machines. None where it does not."""
    if run.num_machines > 1:
        return _gathering_reason(run, language)
    found = shortage(run)
    if found is None:
        return None
    needed, free = found
    return render_message("run.held_up", language, needed=bytes_text(needed), free=bytes_text(free))


def _gathering_reason(run: Run, language: str) -> str:
    there = num_suited(run)
    if there < run.num_machines:
        return render_message("run.too_few_workers", language, needed=run.num_machines, there=there)
    return render_message("run.gathers", language, needed=run.num_machines, free=len(offered(run.id)))


def _sentence(entry: Mapping, language: str) -> str:
    """The registered sentence; where an older release wrote a code that is gone, what it stored beside it."""
    try:
        return render_message(entry["code"], language, **entry.get("fields") or {})
    except KeyError:
        return str(entry.get("message", entry["code"]))
