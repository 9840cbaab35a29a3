"""The helpers that hold torch so that the web process need not, kept warm; each person uses one at a time.

A helper that hangs, dies or grows is replaced, and the caller gets an error that says so.
"""

import logging
import os
import threading
import time
from collections import deque
from typing import Any

from builder import helper_process
from builder.helper_process import Helper, HelperGone, Nursery
from builder.turns import Turns
from trainer.errors import UserError
from trainer.messages.registry import Text, register_messages

log = logging.getLogger(__name__)

IDLE_SECONDS = 120.0
MAX_HELPERS = max(4, min(8, os.cpu_count() or 1))
MAX_WAITING = 4

register_messages(
    "engine",
    {
        "timeout": Text(
            "Analysing this graph took more than {limit} s and was stopped. Make the graph smaller.",
            "分析此计算图超过 {limit} 秒，已停止。请减小计算图的规模。",
        ),
        "failed": Text(
            "Analysing this graph failed on our side. What happened is in the log.",
            "分析此计算图时服务器出错，详情已写入日志。",
        ),
        "died": Text(
            "The process that analyses graphs ended while it looked at this one. It has been started anew; try again.",
            "分析计算图的进程在处理此图时意外结束，已重新启动，请重试。",
        ),
    },
)


class HelperPool:
    """One helper once warm, up to MAX_HELPERS while as many people need one. For any number of threads."""

    def __init__(self) -> None:
        self._turns = Turns(max_at_once=MAX_HELPERS, max_waiting=MAX_WAITING)
        self._free: deque[Helper] = deque()
        self._num_helpers = 0
        self._has_forked = False
        self._changed = threading.Lock()
        self._nursery: Nursery | None = None
        self._forking = threading.Lock()

    def call(self, method: str, params: dict[str, Any], *, person: object = None) -> Any:
        """The result of `method`. Raises the UserError that the helper answered, or `engine.*` with status 503."""
        with self._turns.one(person, wait_seconds=self._longest_call):
            answer = self._answer(method, params)
        if "error" in answer:
            raise user_error(answer["error"])
        return answer["result"]

    @property
    def _longest_call(self) -> float:
        """Seconds that whoever has the place before may take: the first one waits for torch to be imported."""
        return helper_process.CALL_SECONDS + (0.0 if self._has_forked else helper_process.START_SECONDS)

    def _answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        helper: Helper | None = None
        answer: dict[str, Any] | None = None
        try:
            helper = self._take()
            answer = helper.call(method, params)
        except TimeoutError as error:
            raise UserError("engine.timeout", status=503, limit=int(helper_process.CALL_SECONDS)) from error
        except HelperGone as error:
            raise UserError("engine.died", status=503) from error
        finally:
            if helper is not None:
                self._give(helper, usable=answer is not None)
        return answer

    def close(self) -> None:
        """End every idle helper and the nursery, also one that has yet to import torch."""
        if (nursery := self._nursery) is not None:
            nursery.process.kill()  # whoever waits for it to fork is told that it is gone, and lets go
        with self._changed:
            while self._free:
                self._free.pop().end()
                self._num_helpers -= 1
        with self._forking:
            self._end_nursery()

    def _take(self) -> Helper:
        """A helper that is idle, the one used last first, or a new one."""
        with self._changed:
            if self._free:
                return self._free.pop()
            self._num_helpers += 1
        try:
            return self._fork()
        except (TimeoutError, HelperGone):
            with self._changed:
                self._num_helpers -= 1
            raise

    def _fork(self) -> Helper:
        with self._forking:
            if self._nursery is not None and self._nursery.process.poll() is not None:
                log.error("the process that helpers come from ended with %s", self._nursery.process.returncode)
                self._end_nursery()
            if self._nursery is None:
                self._nursery = Nursery()
            try:
                helper = self._nursery.fork()
            except (TimeoutError, HelperGone):
                self._end_nursery()
                raise
            self._has_forked = True
            return helper

    def _end_nursery(self) -> None:
        if self._nursery is not None:
            self._nursery.end()
            self._nursery = None
            self._has_forked = False

    def _give(self, helper: Helper, *, usable: bool) -> None:
        keep = usable and helper.is_fit()
        if not keep:
            helper.end()
        with self._changed:
            if keep:
                self._free.append(helper)
            else:
                self._num_helpers -= 1
            surplus = self._num_helpers > 1
        if surplus:
            timer = threading.Timer(IDLE_SECONDS, self._end_idle)
            timer.daemon = True
            timer.start()

    def _end_idle(self) -> None:
        """End the helpers beyond the first that nobody has needed for a while; the one used last is at the right."""
        with self._changed:
            while self._num_helpers > 1 and self._free:
                if time.monotonic() - self._free[0].idle_since < IDLE_SECONDS:
                    break
                self._free.popleft().end()
                self._num_helpers -= 1


def user_error(error: dict[str, Any]) -> UserError:
    """The error that another process answered with, to be raised here."""
    if error["code"] == "internal":
        log.error("a helper failed:\n%s", error.get("details", ""))
        return UserError("engine.failed", status=500)
    problems = [user_error(problem) for problem in error.get("problems", [])]
    return UserError(
        error["code"],
        path=error.get("path", ""),
        status=error.get("status", 400),
        problems=problems,
        **error.get("fields", {}),
    )
