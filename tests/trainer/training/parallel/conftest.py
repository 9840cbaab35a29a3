"""Two processes, started once for all tests that share a run out among them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trainer.training.parallel.crew import Crew, working_crew
from tests.trainer.training.tiny import build_tiny


@pytest.fixture(scope="session")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with working_crew(tmp_path_factory.mktemp("crew")) as crew:
        yield crew


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny(tmp_path_factory.mktemp("tiny") / "version")
