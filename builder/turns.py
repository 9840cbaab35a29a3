"""Who may take what all share: each person one at a time and a few in line, so that nobody keeps the others waiting."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from trainer.errors import UserError
from trainer.messages.registry import Text, register_messages

register_messages(
    "engine",
    {
        "busy": Text(
            "Too many graphs are being analysed at once. Try again in {seconds} s.",
            "同时分析的计算图过多，请在 {seconds} 秒后重试。",
        ),
        "your_turn": Text(
            "{count} of your graphs are waiting to be looked at already. Try again in {seconds} s.",
            "您已有 {count} 个计算图在等待分析，请在 {seconds} 秒后重试。",
        ),
    },
)


class Turns:
    """`max_at_once` places for everybody, one a person. For any number of threads."""

    def __init__(self, *, max_at_once: int, max_waiting: int) -> None:
        self._max_at_once, self._max_waiting = max_at_once, max_waiting
        self._num_taken = 0
        self._busy: set[object] = set()
        self._waiting: Counter[object] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def one(self, person: object, *, wait_seconds: float) -> Iterator[None]:
        """A place while it is used; `None` is the application itself, which has no place to wait for.

        Raises UserError with status 503: at once where `max_waiting` of this person wait, and where no place came in
        `wait_seconds`.
        """
        if person is None:
            yield
            return
        self._take(person, wait_seconds)
        try:
            yield
        finally:
            with self._changed:
                self._num_taken -= 1
                self._busy.discard(person)
                self._changed.notify_all()

    def _take(self, person: object, wait_seconds: float) -> None:
        with self._changed:
            if self._waiting[person] >= self._max_waiting:
                raise UserError("engine.your_turn", status=503, count=self._max_waiting, seconds=5)
            self._waiting[person] += 1
            try:
                came = self._changed.wait_for(lambda: self._is_free(person), timeout=wait_seconds)
            finally:
                self._waiting[person] -= 1
                if not self._waiting[person]:
                    del self._waiting[person]
            if not came:
                raise UserError("engine.busy", status=503, seconds=5)
            self._num_taken += 1
            self._busy.add(person)

    def _is_free(self, person: object) -> bool:
        return person not in self._busy and self._num_taken < self._max_at_once
