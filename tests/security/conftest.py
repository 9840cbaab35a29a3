"""The application's tests talk to a bus of their own."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_cache(bus: None) -> None:
    """Counts of attempts would otherwise last from one test to the next."""
    cache.clear()
