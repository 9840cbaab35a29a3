"""The whole product with a short lease, and runs on the digits that take a few seconds and store often.

A test marked `on_both_stores` meets the product on SQLite and on PostgreSQL, any other on SQLite alone; the two may run
side by side. What a run that nothing happened to comes to is found once: it does not depend on the store.
"""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from tests.faults.runs import FaultRun, Laboratory, Reference
from tests.product import Product, running_product
from tests.services import postgres

LEASE_SECONDS = 3
SHORT_LEASE = {"LAYERLOOM_RUN_LEASE_SECONDS": str(LEASE_SECONDS), "LAYERLOOM_RENDEZVOUS_HOST": "127.0.0.1"}

_found: list[Reference] = []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store" in metafunc.fixturenames:
        marks = {mark.name for mark in metafunc.definition.iter_markers()}
        stores = [store for store in ("sqlite", "postgres") if f"on_{store}" in marks or "on_both_stores" in marks]
        beside = [pytest.param(store, marks=pytest.mark.xdist_group(store)) for store in stores or ["sqlite"]]
        metafunc.parametrize("store", beside, indirect=True, scope="session")


@pytest.fixture(scope="session")
def store(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def database(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a product that names its database; {} for SQLite, which lies in its data directory."""
    if store == "sqlite":
        yield {}
        return
    with postgres(tmp_path_factory.mktemp("server")) as url:
        yield {"DATABASE_URL": url}


@pytest.fixture
def own_database(database: dict[str, str]) -> Iterator[dict[str, str]]:
    """The same for a product that a test has to itself, with a database of its own."""
    if not database:
        yield {}
        return
    server, _, shared = database["DATABASE_URL"].rpartition("/")
    with psycopg.connect(f"{server}/{shared}", autocommit=True) as operator:
        operator.execute("CREATE DATABASE own")
        yield {"DATABASE_URL": f"{server}/own"}
        operator.execute("DROP DATABASE own WITH (FORCE)")


@pytest.fixture(scope="session")
def product(store: str, database: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(tmp_path_factory.mktemp(store), **database, **SHORT_LEASE) as running:
        yield running


@pytest.fixture(scope="session")
def laboratory(product: Product) -> Laboratory:
    return Laboratory(product)


@pytest.fixture
def start_run(laboratory: Laboratory) -> Iterator[Callable[..., FaultRun]]:
    """Starts a run; what a test leaves unfinished is cancelled, so that the next one finds the slot free."""
    started: list[FaultRun] = []

    def start(*, slow: bool = False, **changes: object) -> FaultRun:
        started.append((laboratory.start_slow if slow else laboratory.start)(**changes))
        return started[-1]

    yield start
    for run in started:
        run.clear_away()


@pytest.fixture(scope="session")
def undisturbed_run(laboratory: Laboratory) -> FaultRun:
    """The run that nothing happened to, with the settings all disturbed ones have."""
    run = laboratory.start()
    run.wait_for("succeeded")
    return run


@pytest.fixture
def undisturbed(store: str, request: pytest.FixtureRequest) -> Reference:
    """What that run came to, on whichever store it was made first."""
    if not _found:
        _found.append(Reference.of(request.getfixturevalue("undisturbed_run")))
    return _found[0]
