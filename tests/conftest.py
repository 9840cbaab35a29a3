"""Fixtures every test may use."""

import os
import subprocess
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as profiles
from rest_framework.test import APIClient

from builder.accounts.models import User
from builder.processes.child import die_with_parent
from builder.processes.plan import bus_command
from builder.processes.supervisor import make_run_directory
from tests.product import Product, running_product

# Random tests try the same examples at every run; `--hypothesis-profile=search` looks for others, and for longer.
profiles.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=50,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
profiles.register_profile("search", profiles.get_profile("ci"), derandomize=False, max_examples=1000, print_blob=True)
profiles.load_profile("ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys first: where tests run side by side, a long one that begins last would be waited for alone."""
    items.sort(key=lambda item: item.path.parent.name != "journeys")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product, all processes, shared by the tests of one module."""
    with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running


@pytest.fixture(scope="session")
def bus() -> Iterator[None]:
    """A bus of the tests' own: the Valkey that `manage.py up` would start."""
    make_run_directory()
    server = subprocess.Popen(
        bus_command().arguments, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent(os.getpid())
    )
    deadline = time.monotonic() + 10
    while not settings.BUS_SOCKET.exists():
        assert time.monotonic() < deadline, "the bus did not start"
        time.sleep(0.01)
    yield
    server.terminate()
    server.wait(10)


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_superuser("owner@example.com", "a long enough phrase")


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("person@example.com", "another long phrase", name="Person")


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger@example.com", "a third long phrase")


def client_of(user: User | None) -> APIClient:
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    return client


@pytest.fixture
def api(person: User) -> APIClient:
    """Signed in as `person`."""
    return client_of(person)


@pytest.fixture
def stranger_api(stranger: User) -> APIClient:
    return client_of(stranger)


@pytest.fixture
def owner_api(owner: User) -> APIClient:
    return client_of(owner)


@pytest.fixture
def anonymous_api(db: None) -> APIClient:
    return client_of(None)
