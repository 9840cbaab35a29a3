"""Loaded by Celery's workers (`CELERY_IMPORTS`): the beat that a worker forks ends with it."""

import os

from celery.signals import beat_embedded_init

from builder.processes.child import die_with_parent


@beat_embedded_init.connect
def end_beat_with_its_worker(**kwargs: object) -> None:
    """The kernel's word that the parent has ended does not pass on to what the worker forks; this asks for it anew."""
    if arm := die_with_parent(os.getppid()):
        arm()
