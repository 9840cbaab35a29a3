"""Texts that one network goes on with: who comes in joins at the next token, and nobody waits for the longest."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from trainer.errors import UserError
from trainer.serving.generation import Continuation, Language, Prompt, advance
from trainer.serving.runtime import Network

AT_ONCE = 16  # texts that go through the network together
MAX_WAITING = 256


@dataclass(slots=True)
class _Going:
    text: Continuation
    deadline: float
    future: "asyncio.Future[Continuation]"


class Generating:
    """Belongs to the event loop it is used on; the network runs in a thread."""

    def __init__(self, network: Network, language: Language, executor: ThreadPoolExecutor) -> None:
        self._network, self._language, self._executor = network, language, executor
        self._waiting: deque[_Going] = deque()
        self._running: list[_Going] = []
        self._task: asyncio.Task | None = None

    async def go_on(self, prompts: Sequence[Prompt], deadline: float) -> list[Continuation]:
        """The prompts with what was added. `deadline` is in `time.monotonic()` seconds.

        Raises predict.busy (503) and predict.deadline (504).
        """
        if len(self._waiting) + len(prompts) > MAX_WAITING:
            raise UserError("predict.busy", status=503)
        loop = asyncio.get_running_loop()
        mine = [_Going(Continuation(self._language, prompt), deadline, loop.create_future()) for prompt in prompts]
        self._waiting.extend(mine)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._advance_all())
        try:
            return list(await asyncio.gather(*(one.future for one in mine)))
        finally:
            for one in mine:  # nobody asks for the others any more
                one.future.cancel()

    async def _advance_all(self) -> None:
        """Token by token, until nobody is left."""
        loop = asyncio.get_running_loop()
        while self._waiting or self._running:
            while self._waiting and len(self._running) < AT_ONCE:
                self._running.append(self._waiting.popleft())
            self._running = [one for one in self._running if not _is_over(one)]
            texts = [one.text for one in self._running]
            try:
                await loop.run_in_executor(self._executor, advance, self._network, self._language, texts)
            except Exception as error:  # whatever the network raises is told to those who were in it
                for one in self._running:
                    if not one.future.done():
                        one.future.set_exception(error)


def _is_over(one: _Going) -> bool:
    if not one.future.done():
        if one.text.is_over:
            one.future.set_result(one.text)
        elif time.monotonic() > one.deadline:
            one.future.set_exception(UserError("predict.deadline", status=504))
    return one.future.done()
