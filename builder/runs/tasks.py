from celery import shared_task

from builder.runs.selectors import num_eligible_runs
from builder.runs.services import workers_forget
from builder.runs.wakes import WAKE_TASK, send_wake, wake_all

MAX_WAKES = 8


@shared_task(name=WAKE_TASK, ignore_result=True)
def wake_slots() -> None:
    """Runs in the train worker: its slots look for a run at once instead of at their next turn."""
    wake_all()


@shared_task(name="runs.reap", ignore_result=True)
def reap_runs() -> None:
    """For beat. Wakes workers where runs wait or a lease ran out; taking a run is the claim's business alone."""
    for _ in range(min(num_eligible_runs(), MAX_WAKES)):
        send_wake()
    workers_forget()
