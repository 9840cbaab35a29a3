"""Wake-ups. No message carries a run: a train worker that is woken claims the best one by itself."""

import logging

from celery import shared_task
from kombu.exceptions import KombuError

from builder.runs.selectors import num_eligible_runs
from builder.runs.wakes import wake_all

log = logging.getLogger(__name__)

WAKE_EXPIRES_SECONDS = 10


@shared_task(name="runs.wake", queue="train", ignore_result=True)
def wake_slots() -> None:
    """Runs in the train worker: its slots look for a run at once instead of at their next turn."""
    wake_all()


@shared_task(name="runs.reap", ignore_result=True)
def reap_runs() -> None:
    """For beat. Wakes a worker where runs wait or a lease ran out; taking a run is the claim's business alone."""
    for _ in range(min(num_eligible_runs(), 8)):
        send_wake()


def send_wake() -> None:
    """Wake one train worker. A bus that is away costs at most the time until the workers' own next look."""
    try:
        wake_slots.apply_async(retry=False, expires=WAKE_EXPIRES_SECONDS)
    except (KombuError, OSError) as error:
        log.warning("no wake-up for the train workers: %s", error)
