"""The whole product with a short lease, and runs on the digits that take a few seconds and store often."""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.runs import FaultRun, Laboratory
from tests.product import Product, running_product

LEASE_SECONDS = 3


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("faults")
    with running_product(folder, LAYERLOOM_RUN_LEASE_SECONDS=str(LEASE_SECONDS)) as running:
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
def undisturbed(laboratory: Laboratory) -> FaultRun:
    """The run that nothing happened to, with the settings all disturbed ones have."""
    run = laboratory.start()
    run.wait_for("succeeded")
    return run
