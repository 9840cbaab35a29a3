from celery.signals import worker_shutting_down
from django.core.management.base import BaseCommand

from builder.celery import app
from builder.runs.worker.pool import SlotPool


class Command(BaseCommand):
    """Trains runs on this machine.

    The slots claim runs by themselves. The Celery worker beside them, in the main thread, receives the wake-ups that
    let them look at once, and the signals: on SIGTERM the runs are handed back.
    """

    help = "Train runs on this machine until told to stop."

    def handle(self, *args, **options) -> None:
        pool = SlotPool()

        @worker_shutting_down.connect(weak=False)
        def hand_back(**kwargs) -> None:
            pool.request_stop()

        pool.start()
        try:
            app.worker_main(
                [
                    "worker",
                    "--queues=train",
                    "--pool=solo",
                    "--hostname=train@%h",
                    "--loglevel=INFO",
                    "--without-gossip",
                    "--without-mingle",
                    "--without-heartbeat",
                ]
            )
        finally:
            pool.stop()
