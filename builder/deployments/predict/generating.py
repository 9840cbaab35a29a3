"""Requests to a deployment that goes on with texts: each goes to the model server, where they run together."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from builder.deployments.modelserver.client import ModelServerClient
from builder.deployments.predict.runners import Answer, Rows
from trainer.errors import UserError
from trainer.serving.generation import Language

MAX_PROMPTS = 16
LONGEST_SECONDS = 60.0
MAX_GOING = 64  # requests


class Generations:
    """What a `Batcher` is to other deployments. Belongs to the event loop it is used on."""

    def __init__(
        self, language: Language, storage_key: str, client: ModelServerClient, executor: ThreadPoolExecutor
    ) -> None:
        self._language, self._storage_key, self._client, self._executor = language, storage_key, client, executor
        self._tasks: set[asyncio.Task[Answer]] = set()

    @property
    def is_idle(self) -> bool:
        return not self._tasks

    def submit(self, item: Rows, num_rows: int, deadline: float) -> "asyncio.Task[Answer]":
        """The answer to `item`, to be awaited. `deadline` is in `time.monotonic()` seconds.

        Raises predict.too_many_rows, and predict.busy (503) over capacity; the task raises predict.deadline (504).
        """
        if item.instances is not None and num_rows > MAX_PROMPTS:
            raise UserError("predict.too_many_rows", path="instances", received=num_rows, limit=MAX_PROMPTS)
        if len(self._tasks) >= MAX_GOING:
            raise UserError("predict.busy", status=503)
        task = asyncio.get_running_loop().create_task(self._answer(item, deadline))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _answer(self, item: Rows, deadline: float) -> Answer:
        if item.instances is None:
            return Answer([], [], await self._client.run(self._storage_key, item.arrays or {}))
        loop = asyncio.get_running_loop()
        prompts = await loop.run_in_executor(self._executor, self._language.read, item.instances)
        seconds = max(0.0, deadline - time.monotonic())
        try:
            async with asyncio.timeout(seconds + 1):  # the server ends it in time; this is for a server that hangs
                made = await self._client.generate(self._storage_key, prompts, seconds)
        except TimeoutError as error:
            raise UserError("predict.deadline", status=504) from error
        answers = zip(prompts, made.tokens, made.ended, strict=True)
        return Answer([self._language.answer(*one) for one in answers], [])
