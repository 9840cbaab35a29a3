"""Django as the web process runs it: a request in one thread, an answer that ends with its reader."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from asgiref.testing import ApplicationCommunicator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from builder.handler import ThreadedHandler

pytestmark = pytest.mark.django_db(transaction=True)
seen: list[tuple[str, str]] = []
ended = threading.Event()


def note_thread(get_response):
    def middleware(request: HttpRequest) -> HttpResponse:
        seen.append(("before", threading.current_thread().name))
        response = get_response(request)
        seen.append(("after", threading.current_thread().name))
        return response

    return middleware


def short(request: HttpRequest) -> HttpResponse:
    seen.append(("view", threading.current_thread().name))
    return HttpResponse(request.body)


def broken(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def endless(request: HttpRequest) -> StreamingHttpResponse:
    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"more"
                await asyncio.sleep(0.001)
        finally:
            ended.set()

    return StreamingHttpResponse(pieces())


def patient(request: HttpRequest) -> HttpResponse:
    seen.append(("view", "at work"))
    seen.append(("view", "nobody waits" if request.gone.wait(10) else "in vain"))
    return HttpResponse("late")


urlpatterns = [
    path("short", short),
    path("broken", broken),
    path("endless", endless),
    path("patient", patient),
]


@pytest.fixture
def ask(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [f"{__name__}.note_thread", *settings.MIDDLEWARE, f"{__name__}.note_thread"]
    handler = ThreadedHandler()
    seen.clear()
    ended.clear()

    async def start(where: str, *body: bytes) -> ApplicationCommunicator:
        scope = {
            "type": "http",
            "method": "GET",
            "path": where,
            "query_string": b"",
            "headers": [(b"host", b"localhost")],
        }
        asked = ApplicationCommunicator(handler, scope)
        for number, part in enumerate(body, start=1):
            await asked.send_input({"type": "http.request", "body": part, "more_body": number < len(body)})
        return asked

    return start


async def test_a_request_stays_in_one_thread_of_the_pool(ask):
    asked = await ask("/short", b"in two ", b"pieces")
    assert (await asked.receive_output(10))["status"] == 200
    assert (await asked.receive_output(10))["body"] == b"in two pieces"
    assert [place for place, _ in seen] == ["before", "before", "view", "after", "after"]
    assert len({thread for _, thread in seen}) == 1
    assert seen[0][1].startswith("django")


async def test_a_view_that_fails_is_answered_and_so_is_who_comes_next(ask):
    asked = await ask("/broken", b"")
    assert (await asked.receive_output(10))["status"] == 500
    asked = await ask("/short", b"")
    assert (await asked.receive_output(10))["status"] == 200


async def test_a_long_answer_stops_when_its_reader_leaves(ask):
    asked = await ask("/endless", b"")
    await asked.receive_output(10)
    await asked.receive_output(10)
    await asked.send_input({"type": "http.disconnect"})
    await asked.wait(10)
    assert ended.is_set()


async def test_a_view_hears_that_nobody_waits_for_it_any_more(ask):
    asked = await ask("/patient", b"")
    while ("view", "at work") not in seen:
        await asyncio.sleep(0.01)
    await asked.send_input({"type": "http.disconnect"})
    while not any(what in ("nobody waits", "in vain") for _, what in seen):
        await asyncio.sleep(0.01)
    assert ("view", "nobody waits") in seen
    await asked.wait(10)
