"""The database goes away in the middle of a run and comes back."""

import time

import psycopg

from tests.faults.conftest import LEASE_SECONDS
from tests.faults.runs import Laboratory, assert_undisturbed
from tests.product import running_product
from tests.services import postgres

OUTAGE_SECONDS = 4


def test_a_run_outlives_a_database_that_drops_every_connection(tmp_path, undisturbed):
    with (
        postgres(tmp_path) as url,
        running_product(
            tmp_path / "data", DATABASE_URL=url, LAYERLOOM_RUN_LEASE_SECONDS=str(2 * LEASE_SECONDS)
        ) as product,
    ):
        run = Laboratory(product).start()
        run.wait_for_checkpoint()
        drop_connections(url)
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
