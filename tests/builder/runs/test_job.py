"""What lies on the disk of a worker: nothing stays behind of a run that has ended."""

import json

import psutil
import pytest

from builder.runs.lease import claim_run
from builder.runs.worker.job import job_path, prepare_job, remove_stale_jobs, remove_stale_rows, rows_folder
from builder.runs.worker.meeting import own_interface

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


def test_each_job_of_a_run_finds_its_rows_in_the_same_place_until_it_has_ended(make_run):
    run, ended = make_run(), make_run(status="failed")
    places = []
    for fence, rank in ((1, 0), (2, 0), (2, 1)):
        prepare_job(job_path(run.id, fence, rank), run, num_threads=1)
        places.append(json.loads((job_path(run.id, fence, rank) / "job.json").read_text())["data_dir"])
    assert len(set(places)) == 1
    for one in (run, ended):
        (rows_folder() / str(one.id)).mkdir(parents=True)
    (rows_folder() / "lost+found").mkdir()
    remove_stale_rows()
    assert {path.name for path in rows_folder().iterdir()} == {str(run.id), "lost+found"}


def test_a_worker_that_starts_removes_the_jobs_of_claims_that_are_over(make_run):
    run = make_run()
    claim = claim_run()
    for fence, rank in ((claim.fence, 0), (claim.fence, 1), (claim.fence + 1, 0), (claim.fence + 1, 1)):
        prepare_job(job_path(run.id, fence, rank), run, num_threads=1)
    of_others = {"set-aside", f"{run.id}-copy"}
    for name in of_others:
        (rows_folder().parent / "jobs" / name).mkdir()
    remove_stale_jobs()
    left = {path.name for path in (rows_folder().parent / "jobs").iterdir()}
    assert left == of_others | {f"{run.id}-{claim.fence}", f"{run.id}-{claim.fence}.1"}


def test_a_machine_talks_over_the_interface_that_has_its_address():
    names = [name for name in ("lo", "lo0") if name in psutil.net_if_addrs()]
    assert own_interface("127.0.0.1") in names
    assert own_interface("192.0.2.1") is None
    assert own_interface("no-such-host.invalid") is None
