"""Bodies that are too large, too deep or no JSON are refused at once, with a reason, before anything reads them."""

import time

import httpx
import pytest
from django.conf import settings
from django.urls import get_resolver
from rest_framework.test import APIClient

from builder.asgi import http_application

DEEP = 10_000
NODES_OVER_THE_LIMIT = 10_000


def post_raw(api: APIClient, path: str, body: bytes | str):
    started = time.thread_time()
    answer = api.generic("POST", f"/api/v1/{path}", body, content_type="application/json")
    assert time.thread_time() - started < 1, "refusing took too much work"
    return answer


@pytest.fixture(autouse=True, scope="module")
def _know_the_addresses() -> None:
    """The first request of a process reads every view; that is not what is measured."""
    get_resolver().url_patterns  # noqa: B018


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "request.unreadable"),
        (b"\xff\xfe", "request.unreadable"),
        (b'{"name": NaN}', "request.unreadable"),
        (b'{"name": "\\ud800"}', "request.unreadable"),
        (b'{"name": "a\\u0000b"}', "request.nul"),
        (b'{"x": [{"a\\u0000b": 1}]}', "request.nul"),
        (b"[" * DEEP + b"]" * DEEP, "request.too_deep"),
        (b'{"graph":' + b"[" * 200 + b"]" * 200 + b"}", "request.too_deep"),
        (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "request.too_deep"),
        (b"[]", "request.invalid"),
        (b'"text"', "request.invalid"),
        (b"null", "request.invalid"),
    ],
)
@pytest.mark.parametrize("path", ["projects/", "graphs/check/", "runs/", "deployments/", "tokens/"])
def test_unreadable_body_is_refused(api: APIClient, path: str, body: bytes, code: str) -> None:
    answer = post_raw(api, path, body)
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == code


def test_fifty_megabytes_of_json_are_refused(api: APIClient) -> None:
    answer = post_raw(api, "graphs/check/", b'{"graph": "' + b"x" * 50 * 1024**2 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_too_many_nodes_are_refused(api: APIClient) -> None:
    nodes = ",".join(
        f'{{"id":"n{i}","name":"n{i}","type":"ReLU","params":{{}},"position":[0,0]}}'
        for i in range(NODES_OVER_THE_LIMIT)
    )
    answer = post_raw(api, "projects/", f'{{"graph":{{"format":1,"nodes":[{nodes}],"edges":[]}}}}')
    assert (answer.status_code, answer.json()["code"]) == (400, "graph.too_many")


def test_other_content_types_are_refused(api: APIClient) -> None:
    answer = api.generic("POST", "/api/v1/projects/", b"cposix\nsystem\n", content_type="application/octet-stream")
    assert (answer.status_code, answer.json()["code"]) == (415, "request.media_type")


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "in chunks"])
async def test_body_is_counted_while_it_arrives(announced: bool) -> None:
    """Ahead of Django, which would store all of it before the first view sees it."""
    chunk, sent = b"x" * 1024**2, 0

    async def body():
        nonlocal sent
        for _ in range(4 * settings.MAX_BODY_BYTES // len(chunk)):
            sent += len(chunk)
            yield chunk

    transport = httpx.ASGITransport(http_application)
    headers = {"Content-Length": str(4 * settings.MAX_BODY_BYTES)} if announced else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.post(
            "/api/v1/projects/", content=body(), headers={**headers, "Accept-Language": "zh-Hans"}
        )
    assert answer.status_code == 413
    assert answer.json()["code"] == "request.too_large"
    assert "MB" in answer.json()["message"]
    assert "超过" in answer.json()["message"]
