"""The database goes away in the middle of a run and comes back."""

import time

import psycopg
import pytest

from tests.faults.runs import assert_undisturbed
from tests.product import Product

OUTAGE_SECONDS = 4


@pytest.mark.on_postgres
def test_a_run_outlives_a_database_that_drops_every_connection(product: Product, start_run, undisturbed):
    run = start_run()
    run.wait_for_checkpoint()
    drop_connections(product.environment["DATABASE_URL"])
    run.wait_for("succeeded")
    assert_undisturbed(run, undisturbed)
    assert not [event for event in run.events() if event["type"] == "rewind"], "the holder lost its run"


def drop_connections(url: str) -> None:
    """Refuse new connections and end those there are, for some seconds: what a restart looks like from outside."""
    with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as operator:
        operator.execute("ALTER DATABASE layerloom ALLOW_CONNECTIONS false")
        until = time.monotonic() + OUTAGE_SECONDS
        while time.monotonic() < until:
            operator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'layerloom'")
            time.sleep(0.2)
        operator.execute("ALTER DATABASE layerloom ALLOW_CONNECTIONS true")
