"""Django's side of the web process: a request, its middleware and its view, in one thread from beginning to end."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, BinaryIO

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

NUM_THREADS = 32  # most of them wait: for the database, or for a helper


class ThreadedHandler(ASGIHandler):
    """All middleware and views here are synchronous, and the threads stay.

    Django's own handler changes threads at each middleware, and starts a thread a request, which costs 3 ms and a new
    connection to the database each time.
    """

    def __init__(self) -> None:
        super().__init__()
        threads = ThreadPoolExecutor(NUM_THREADS, thread_name_prefix="django")
        self._in_thread = partial(sync_to_async, thread_sensitive=False, executor=threads)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope, receive, send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            response = await self._respond_while_wanted(scope, body, receive)
            if not response.streaming:
                await self.send_response(response, send)
                return
            try:
                await self._send_while_wanted(response, receive, send)
            finally:
                await self._in_thread(response.close)()

    async def _respond_while_wanted(self, scope: dict[str, Any], body: BinaryIO, receive) -> HttpResponseBase:
        """The answer. `gone` of the request tells a view that works for long when nobody waits for it any more."""
        gone = threading.Event()
        leaving = asyncio.create_task(_note_leaving(receive, gone))
        try:
            return await self._in_thread(self._respond)(scope, body, gone)
        finally:
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)

    def _respond(self, scope: dict[str, Any], body: BinaryIO, gone: threading.Event) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        if request is not None:
            request.gone = gone
        response = refusal if request is None else self.get_response(request)
        response._handler_class = self.__class__
        if not response.streaming:
            response.close()  # here, so that the connections of this thread are looked after in this thread
        return response

    async def _send_while_wanted(self, response: HttpResponseBase, receive, send) -> None:
        """Send a long answer, and stop where the other side has gone."""
        sending = asyncio.create_task(self.send_response(response, send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)


async def _note_leaving(receive, gone: threading.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    gone.set()
