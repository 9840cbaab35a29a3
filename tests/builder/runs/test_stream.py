"""The websocket as the application serves it: who may read, and that nothing is lost or doubled."""

import asyncio
import json

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from django.db import OperationalError
from django.test import AsyncClient

from builder.accounts.services import token_create
from builder.asgi import websocket_application
from builder.runs import consumers, hub
from builder.runs.lease import append_events, claim_run
from builder.runs.log import make_event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]
ORIGIN = (b"origin", b"http://localhost")


def point(step: int) -> dict:
    return make_event("point", step=step, values={"train/loss": [1 / step]})


class Page:
    """A person's page that follows a run."""

    def __init__(self, run, *headers: tuple[bytes, bytes], after: int = 0, query: str = "") -> None:
        scope = {
            "type": "websocket",
            "path": f"/ws/runs/{run.id}/",
            "query_string": f"after={after}{query}".encode(),
            "headers": [(b"host", b"localhost"), *headers],
            "subprotocols": [],
        }
        self._socket = ApplicationCommunicator(websocket_application, scope)

    async def open(self) -> bool:
        await self._socket.send_input({"type": "websocket.connect"})
        return (await self._socket.receive_output(timeout=10))["type"] == "websocket.accept"

    async def read(self, number: int) -> list[dict]:
        return [json.loads((await self._socket.receive_output(timeout=10))["text"]) for _ in range(number)]

    async def closed_with(self) -> int:
        message = await self._socket.receive_output(timeout=10)
        assert message["type"] == "websocket.close"
        return message["code"]

    async def close(self) -> None:
        await self._socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._socket.wait(timeout=10)


@pytest.fixture
def write(make_run):
    """A run of which the test is the holder: `write(step, ...)` adds a point a step to its log."""
    run = make_run()
    claim = claim_run()

    async def add(*steps: int) -> None:
        await database_sync_to_async(append_events)(claim, [point(step) for step in steps])

    add.run = run
    return add


@pytest.fixture
def token(person) -> tuple[bytes, bytes]:
    secret = token_create(user=person, name="page")[1]
    return (b"authorization", f"Bearer {secret}".encode())


async def cookie(person) -> tuple[bytes, bytes]:
    client = AsyncClient()
    await client.aforce_login(person)
    return (b"cookie", f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}".encode())


async def test_the_log_is_replayed_and_then_followed_in_order(write, token):
    await write(1, 2, 3)
    page = Page(write.run, token)
    assert await page.open()
    events = await page.read(4)
    await write(4)
    await write(5, 6)
    events += await page.read(3)
    assert [event["seq"] for event in events] == list(range(1, 8))
    assert [event["step"] for event in events if event["type"] == "point"] == [1, 2, 3, 4, 5, 6]
    await page.close()


async def test_a_page_that_comes_back_gets_what_it_missed_and_no_more(write, token):
    await write(*range(1, 40))
    page = Page(write.run, token, after=30)
    assert await page.open()
    assert [event["seq"] for event in await page.read(10)] == list(range(31, 41))
    await page.close()


async def test_a_nudge_brings_an_event_long_before_the_next_look(write, token, monkeypatch):
    monkeypatch.setattr(hub, "LOOK_SECONDS", 60)
    page = Page(write.run, token)
    assert await page.open()
    await page.read(1)
    await asyncio.sleep(1)
    await write(1)
    assert (await asyncio.wait_for(page.read(1), 8))[0]["step"] == 1
    await page.close()


async def test_without_a_bus_events_come_by_the_next_look(write, token, monkeypatch):
    layer = RedisPubSubChannelLayer(hosts=[{"address": "unix:///nowhere"}])
    monkeypatch.setitem(channel_layers.backends, "default", layer)
    page = Page(write.run, token)
    assert await page.open()
    await page.read(1)
    await write(1)
    assert (await page.read(1))[0]["step"] == 1
    await page.close()


async def test_a_signed_in_person_reads_by_session(write, person):
    page = Page(write.run, await cookie(person), ORIGIN)
    assert await page.open()
    await page.close()


async def test_nobody_reads_without_signing_in(write):
    assert not await Page(write.run).open()
    assert not await Page(write.run, (b"authorization", b"Bearer nonsense")).open()


async def test_a_page_of_another_site_is_refused(write, person):
    assert not await Page(write.run, await cookie(person), (b"origin", b"https://evil.example")).open()


async def test_somebody_elses_run_is_not_there(write, somebody_else):
    page = Page(write.run, await cookie(somebody_else), ORIGIN)
    assert await page.open()
    assert await page.closed_with() == 4404


async def test_a_stream_ends_soon_after_its_person_signed_out(write, person, monkeypatch):
    assert consumers.CHECK_SECONDS < 60
    monkeypatch.setattr(consumers, "CHECK_SECONDS", 0.3)
    client = AsyncClient()
    await client.aforce_login(person)
    session = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}".encode()
    page = Page(write.run, (b"cookie", session), ORIGIN)
    assert await page.open()
    await page.read(1)
    await client.alogout()
    assert await page.closed_with() == 4401


@pytest.fixture
def taken_over(make_run, let_lapse):
    run = make_run()
    claim_run()
    let_lapse(run)
    claim_run()
    return run


@pytest.mark.parametrize(
    ("accepted", "query"),
    [
        (b"zh-Hans,en;q=0.5", ""),
        (b"en", "&language=zh-Hans"),
        (b"zh-Hans", "&language=%00no/such"),
        (b"zh", "&language="),
    ],
)
async def test_a_sentence_is_in_the_readers_language(taken_over, token, accepted, query):
    page = Page(taken_over, token, (b"accept-language", accepted), query=query)
    assert await page.open()
    log = next(event for event in await page.read(3) if event["type"] == "log")
    assert log["message"].startswith("训练节点失去联系")
    await page.close()


@pytest.mark.parametrize("address", ["/ws/", "/ws/runs/none/", "/elsewhere"])
async def test_an_unknown_address_is_refused(address, token):
    scope = {"type": "websocket", "path": address, "query_string": b"", "headers": [token], "subprotocols": []}
    socket = ApplicationCommunicator(websocket_application, scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(timeout=10))["type"] == "websocket.close"


async def test_a_stream_that_the_database_fails_is_closed_to_come_back_to(write, token, monkeypatch):
    await write(1)
    page = Page(write.run, token)
    assert await page.open()
    await page.read(2)

    def fail(*args, **kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(hub, "read_events", fail)
    await write(2)
    assert await page.closed_with() == consumers.TRY_AGAIN
    monkeypatch.undo()
    again = Page(write.run, token, after=2)
    assert await again.open()
    assert [event["step"] for event in await again.read(1)] == [2]
    await page.close()
    await again.close()
