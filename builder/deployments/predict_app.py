"""The predict API: an ASGI application of its own, ahead of Django, so that an answer costs little more than its model.

    POST /api/v1/predict/SLUG/      a key; JSON, a multipart form, or one image
    /v2/...                         the Open Inference Protocol, see `predict.open_inference`

A person's own page asks through Django (`deployments/SLUG/try/`), which signs them in and calls `try_out` here.
"""

import asyncio
import logging
import time
from collections import Counter
from typing import Any

import msgspec
from django.conf import settings

from builder.body_limit import refuse
from builder.deployments import messages  # noqa: F401  (registers the sentences raised here)
from builder.deployments.predict.bodies import BodyTooLarge, check_instances, read_body, read_instances
from builder.deployments.predict.endpoints import Snapshot
from builder.deployments.predict.open_inference import OpenInference
from builder.deployments.predict.recorder import Exchange
from builder.deployments.predict.runners import Answer, Rows
from builder.deployments.predict.service import Headers, PredictService
from builder.errors import error_body
from trainer.errors import UserError

log = logging.getLogger(__name__)

PREDICT_PATH = "/api/v1/predict/"
MAX_BODY_BYTES: int = settings.MAX_BODY_BYTES
MAX_TRIES = 16  # at once, of 32 threads
MAX_TRIES_OF_ONE = 4
STARTING_SECONDS = 90.0
LOOK_AGAIN_SECONDS = 0.5
RETRY_AFTER_SECONDS = {429: 1, 503: 2}
JSON_HEADER = (b"content-type", b"application/json")

_encode = msgspec.json.Encoder().encode


class PredictApp:
    """The ASGI callable. It counts who tries what from a page; all else that it knows is in `service`."""

    def __init__(self) -> None:
        self.service = PredictService()
        self.startup = self.service.startup
        self.shutdown = self.service.shutdown
        self._tries: Counter[object] = Counter()
        self._open_inference = OpenInference(self.service)

    async def __call__(self, scope, receive, send) -> None:
        headers = dict(scope["headers"])
        exchange = Exchange(self.service.request_id(headers))
        try:
            path: str = scope["path"]
            if path.startswith(PREDICT_PATH):
                body = await self._predict(path[len(PREDICT_PATH) :].strip("/"), scope, headers, receive, exchange)
            else:
                body = await self._open_inference.answer(scope, headers, receive, exchange)
            await _send(send, 200, body, exchange.request_id)
        except UserError as error:
            await _send_error(send, error, headers, exchange.request_id)
        except BodyTooLarge:
            await refuse(headers, MAX_BODY_BYTES, receive, send)
        except Exception:
            log.exception("request %s failed", exchange.request_id)
            await _send_error(send, UserError("predict.failed", status=500), headers, exchange.request_id)

    async def try_out(self, slug: str, instances: Any, caller: str, person: object) -> dict[str, Any]:
        """What `predict/SLUG/` answers, for a `person` who was let in elsewhere. `caller` names them in the log.

        Each try keeps one of Django's threads until it is answered. Raises predict.busy (503) where there are too many.
        """
        if self._tries[person] >= MAX_TRIES_OF_ONE or self._tries.total() >= MAX_TRIES:
            raise UserError("predict.busy", status=503)
        self._tries[person] += 1
        try:
            snapshot = await self._started(slug)
            exchange = Exchange(self.service.request_id({}), caller=caller)
            answer = await self._answer(snapshot, instances, snapshot.longest_seconds, exchange)
        finally:
            self._tries[person] -= 1
            if not self._tries[person]:
                del self._tries[person]
        return answer | {"latency_ms": round(exchange.latency_ms, 3)}

    async def _started(self, slug: str) -> Snapshot:
        """What answers for `slug`. A person waits for a model server that starts; a program is told to come again."""
        deadline = time.monotonic() + STARTING_SECONDS
        while True:
            try:
                return await self.service.directory.snapshot(slug)
            except UserError as error:
                if error.code != "predict.starting" or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _predict(self, slug: str, scope, headers: Headers, receive, exchange: Exchange) -> bytes:
        if scope["method"] != "POST":
            raise UserError("predict.method", status=405, allowed="POST")
        key = await self.service.authorise(slug, scope["query_string"], headers)
        exchange.caller, exchange.key_prefix = key.name, key.prefix
        snapshot = await self.service.directory.snapshot(slug)
        try:
            self.service.limit(key)
            body = await read_body(headers, receive, MAX_BODY_BYTES)
            instances = read_instances(body, headers.get(b"content-type", b"").decode("latin-1"), snapshot.bundle)
        except (UserError, BodyTooLarge) as error:
            exchange.status = getattr(error, "status", 413)
            exchange.outcome = error
            self.service.recorder.add(snapshot.row, exchange)
            raise
        seconds = deadline_of(headers, snapshot.longest_seconds)
        return _encode(await self._answer(snapshot, instances, seconds, exchange))

    async def _answer(
        self, snapshot: Snapshot, instances: Any, deadline_seconds: float, exchange: Exchange
    ) -> dict[str, Any]:
        try:
            exchange.num_rows = check_instances(instances)
            deadline = time.monotonic() + deadline_seconds
            answer = await snapshot.batcher.submit(Rows(instances), exchange.num_rows, deadline)
            exchange.status, exchange.outcome = 200, answer.predictions[0]
        except UserError as error:
            exchange.status, exchange.outcome = error.status, error
            raise
        finally:
            self.service.recorder.add(snapshot.row, exchange)
        return _response(snapshot, answer, exchange.request_id)


def deadline_of(headers: Headers, longest_seconds: float) -> float:
    """Seconds that the answer may take: `X-Deadline-Ms` where it is sent, at most our own."""
    given = headers.get(b"x-deadline-ms", b"")
    return min(int(given) / 1000, longest_seconds) if given.isdigit() and len(given) < 9 else longest_seconds


def _response(snapshot: Snapshot, answer: Answer, request_id: str) -> dict[str, Any]:
    response = {"predictions": answer.predictions, "version": snapshot.row.number, "request_id": request_id}
    if answer.not_finite:
        response["not_finite"] = answer.not_finite
    return response


async def _send(send, status: int, body: bytes, request_id: str, *more: tuple[bytes, bytes]) -> None:
    headers = [
        JSON_HEADER,
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode()),
        *more,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_error(send, error: UserError, headers: Headers, request_id: str) -> None:
    language = "zh" if headers.get(b"accept-language", b"").lower().startswith(b"zh") else "en"
    more: list[tuple[bytes, bytes]] = []
    if error.status in RETRY_AFTER_SECONDS:
        seconds = error.fields.get("seconds", RETRY_AFTER_SECONDS[error.status])
        more.append((b"retry-after", str(seconds).encode()))
    if error.status == 401:
        more.append((b"www-authenticate", b"Bearer"))
    body = _encode({**error_body(error, language), "request_id": request_id})
    await _send(send, error.status, body, request_id, *more)


predict_app = PredictApp()
