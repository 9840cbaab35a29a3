"""Fixtures every test may use."""

from collections.abc import Iterator

import pytest

from tests.product import Product, running_product


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The whole product, all processes, shared by the tests of one module."""
    with running_product(tmp_path_factory.mktemp("product")) as running:
        yield running
