"""Wake-ups: how a train worker hears at once that there is something to claim.

No message carries a run: who is woken claims the best one by itself, and looks every few seconds anyway.
"""

import logging
import threading

from kombu.exceptions import KombuError

from builder.celery import app

log = logging.getLogger(__name__)

WAKE_TASK = "runs.wake"
EXPIRES_SECONDS = 10

_slots: list[threading.Event] = []


def send_wake() -> None:
    """Wake one train worker. A bus that is away costs at most the time until the workers' own next look."""
    try:
        app.send_task(WAKE_TASK, queue="train", retry=False, expires=EXPIRES_SECONDS, ignore_result=True)
    except (KombuError, OSError) as error:
        log.warning("no wake-up for the train workers: %s", error)


def new_wake_event() -> threading.Event:
    """An event that every wake-up of this process sets; whoever waits for it clears it."""
    event = threading.Event()
    _slots.append(event)
    return event


def wake_all() -> None:
    for event in _slots:
        event.set()
