"""How a wake-up message reaches the slots of this process."""

import threading

_slots: list[threading.Event] = []


def new_wake_event() -> threading.Event:
    """An event that every wake-up sets; whoever waits for it clears it."""
    event = threading.Event()
    _slots.append(event)
    return event


def wake_all() -> None:
    for event in _slots:
        event.set()
