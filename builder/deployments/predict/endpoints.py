"""Deployments in memory: immutable snapshots, loaded and warmed before one assignment puts them to work.

The one before ends when its last request does. What was not used for longest leaves when the byte budget is spent.
"""

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from builder.deployments.examples import longest_instance
from builder.deployments.modelserver.client import ModelServerClient
from builder.deployments.predict.batching import Batcher
from builder.deployments.predict.generating import LONGEST_SECONDS, Generations
from builder.deployments.predict.runners import Answer, LocalRunner, RemoteRunner, Rows
from builder.deployments.predict.threads import in_database
from builder.deployments.selectors import EndpointRow, endpoint_rows
from builder.files import local_folder
from trainer.errors import UserError
from trainer.serving.generation import Language
from trainer.serving.runtime import Bundle, OnnxNetwork

log = logging.getLogger(__name__)

BUDGET_BYTES = int(os.environ.get("LAYERLOOM_PREDICT_BYTES", 512 * 1024**2))
DEADLINE_SECONDS = 10.0
REMOTE_BYTES = 200 * 1024**2  # larger ones run in the model server
SMALL_BYTES = 4 * 1024**2  # one thread serves these fastest
NUM_CORES = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of one deployment, ready to answer."""

    row: EndpointRow
    bundle: Bundle
    batcher: Batcher[Rows, Answer] | Generations

    @property
    def longest_seconds(self) -> float:
        """What an answer may take."""
        return LONGEST_SECONDS if isinstance(self.batcher, Generations) else DEADLINE_SECONDS


@dataclass(slots=True)
class _Endpoint:
    row: EndpointRow
    snapshot: Snapshot | None = None
    loading: asyncio.Task | None = None


class Directory:
    """The deployments that this process has been asked for, by slug."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._endpoints: OrderedDict[str, _Endpoint] = OrderedDict()
        self._budget_bytes = budget_bytes
        self._executor = ThreadPoolExecutor(max_workers=NUM_CORES, thread_name_prefix="predict")
        self.model_server = ModelServerClient()

    async def snapshot(self, slug: str) -> Snapshot:
        """What answers for `slug`; raises predict.not_found, .offline, .not_ready, .starting or .broken."""
        endpoint = self._endpoints.get(slug)
        if endpoint is None:
            row = (await in_database(endpoint_rows, [slug])).get(slug)
            if row is None:
                raise UserError("predict.not_found", status=404)
            endpoint = self._endpoints.setdefault(slug, _Endpoint(row))
        if endpoint.row.state != "live":
            raise UserError("predict.offline", status=503)
        if endpoint.snapshot is None:
            if endpoint.row.version_id is None:
                del self._endpoints[slug]
                raise UserError("predict.not_ready", status=503)
            await self._load(endpoint)
            self._make_room(slug)
        self._endpoints.move_to_end(slug)
        snapshot = endpoint.snapshot
        if snapshot is None:
            raise UserError("predict.not_ready", status=503)
        return snapshot

    async def refresh(self, slugs: Iterable[str] | None = None) -> None:
        """Follow the database: drop what is gone, swap what has another version, without a gap."""
        wanted = [slug for slug in (self._endpoints if slugs is None else slugs) if slug in self._endpoints]
        if not wanted:
            return
        rows = await in_database(endpoint_rows, wanted)
        for slug in wanted:
            endpoint, row = self._endpoints.get(slug), rows.get(slug)
            if endpoint is None:
                continue
            if row is None:
                del self._endpoints[slug]
                continue
            endpoint.row = row
            if endpoint.snapshot and row.version_id and endpoint.snapshot.row.version_id != row.version_id:
                try:
                    await self._load(endpoint)
                except UserError as error:
                    log.error("%s stays at version %d: %s", slug, endpoint.snapshot.row.number, error)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self.model_server.close()

    async def _load(self, endpoint: _Endpoint) -> None:
        """Load what `endpoint.row` says, once for all who wait for it; again where it changed meanwhile."""
        while endpoint.row.version_id and (
            endpoint.snapshot is None or endpoint.snapshot.row.version_id != endpoint.row.version_id
        ):
            if endpoint.loading is None:
                endpoint.loading = asyncio.ensure_future(self._build(endpoint.row))
                endpoint.loading.add_done_callback(lambda _: setattr(endpoint, "loading", None))
            endpoint.snapshot = await asyncio.shield(endpoint.loading)

    async def _build(self, row: EndpointRow) -> Snapshot:
        loop = asyncio.get_running_loop()
        try:
            bundle = await loop.run_in_executor(self._executor, _load_bundle, row)
            language = Language.of(bundle)
            if language is not None:
                await self.model_server.load(row.storage_key)
                return Snapshot(row, bundle, Generations(language, row.storage_key, self.model_server, self._executor))
            if row.runtime == "torch" or row.size_bytes > REMOTE_BYTES:
                await self.model_server.load(row.storage_key)
                return Snapshot(
                    row, bundle, Batcher(RemoteRunner(bundle, row.storage_key, self.model_server, self._executor))
                )
            runner = await loop.run_in_executor(self._executor, _load_local, row, bundle, self._executor)
            return Snapshot(row, bundle, Batcher(runner))
        except UserError:
            raise
        except Exception as error:
            log.exception("cannot load %s", row.storage_key)
            raise UserError("predict.broken", status=503, reason=type(error).__name__) from error

    def _make_room(self, slug: str) -> None:
        total = sum(e.snapshot.row.size_bytes for e in self._endpoints.values() if e.snapshot)
        for other, endpoint in list(self._endpoints.items()):
            if total <= self._budget_bytes:
                return
            if other != slug and endpoint.snapshot is not None:
                total -= endpoint.snapshot.row.size_bytes
                del self._endpoints[other]


def _load_bundle(row: EndpointRow) -> Bundle:
    return Bundle.load(local_folder(row.storage_key))


def _load_local(row: EndpointRow, bundle: Bundle, executor: ThreadPoolExecutor) -> LocalRunner:
    folder = local_folder(row.storage_key)
    num_threads = 1 if row.size_bytes <= SMALL_BYTES else min(4, NUM_CORES)
    runner = LocalRunner(bundle, OnnxNetwork(folder, bundle.manifest, num_threads=num_threads), executor)
    runner.warm_up(longest_instance(bundle))
    return runner
