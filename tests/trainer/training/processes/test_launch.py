"""A job that asks for two processes, started as anybody starts it: torch's launcher, two more processes, one curve."""

from pathlib import Path

import pytest

from tests.trainer.training.jobs import train, write_job
from tests.trainer.training.tiny import CLASSIFIER, build_tiny
from trainer.training.job import read_job
from trainer.training.processes.number import num_processes

TWO = {"processes": 2}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("tiny") / "version")


def test_job_of_two_processes_is_trained_by_two_and_told_as_one(tiny: Path, tmp_path: Path) -> None:
    config = {"epochs": 2, "batch_size": 16}
    alone = train(write_job(tmp_path / "alone", CLASSIFIER, tiny, config))
    shared = train(write_job(tmp_path / "shared", CLASSIFIER, tiny, config | {"parallel": TWO}))
    assert shared.end["status"] == "succeeded", shared.end
    assert shared.frozen["processes"] == 2
    assert shared.series() == pytest.approx(alone.series(), rel=1e-4)
    assert len(shared.epochs()) == 2
    assert (shared.directory / shared.of_type("checkpoint")[-1]["path"] / "weights.safetensors").exists()


def test_more_processes_than_cores_are_refused_before_any_starts(tiny: Path, tmp_path: Path) -> None:
    config = {"device": "cpu", "batch_size": "all", "parallel": {"processes": 1000}}
    refused = train(write_job(tmp_path / "job", CLASSIFIER, tiny, config))
    assert refused.end["error"]["code"] == "training.parallel_devices"
    assert refused.end["error"]["path"] == "config.parallel.processes"


def test_number_of_processes_that_a_run_began_with_stays(tiny: Path, tmp_path: Path) -> None:
    def number(parallel: object, **settings: object) -> int:
        place = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        config = {"device": "cpu", "parallel": parallel}
        return num_processes(read_job(write_job(place, CLASSIFIER, tiny, config, **settings)))

    assert number(None) == 1
    assert number({}) == 1
    assert number(TWO) == 2
    assert number({}, frozen={"processes": 3}) == 3
