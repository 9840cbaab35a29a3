"""The project of a run that trains it again without Layerloom, as a zip."""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from builder import engine
from builder.files import local_folder
from builder.runs.models import Run
from trainer.errors import UserError
from trainer.standalone.facts import Carried
from trainer.standalone.project import PACKAGES, Standalone, write_project


def run_standalone(*, run: Run, person: object) -> BinaryIO:
    """The zip, in a file that is gone when it is closed, with the encoders that its checkpoints hold. `person` asks."""
    if run.checkpoint is None or run.frozen is None:
        raise UserError("run.no_standalone", status=409)
    if run.carry and run.parent_checkpoint is None:
        raise UserError("run.no_start", status=409)
    checkpoint = local_folder(run.checkpoint.storage_key)
    start, carried = _start(run)
    report = engine.check_graph(run.bound_graph, facts=None, batch_size=1, language="en", person=person)
    project = Standalone(
        title=f"{run.project.name}, run {run.number}",
        code=engine.generate_code(run.bound_graph, person=person),
        graph=run.bound_graph,
        config=run.config,
        encoders=json.loads((checkpoint / "encoders.json").read_text(encoding="utf-8")),
        frozen=run.frozen,
        version=local_folder(run.dataset_version.storage_key),
        versions={package: version(package).partition("+")[0] for package in PACKAGES},
        start=start,
        carried=carried,
        activation_bytes=report["totals"]["activation_bytes"],
        num_steps=run.checkpoint.step if _time_was_over(run) else None,
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    write_project(project, file)
    return file


def _start(run: Run) -> tuple[Path | None, Carried]:
    """Where the weights lie that the run began with, and what it took over of them."""
    if run.parent_checkpoint is not None:
        return local_folder(run.parent_checkpoint.storage_key), run.carry or "weights"
    if run.weights is not None:
        return local_folder(run.weights.storage_key), "imported"
    return None, "nothing"


def _time_was_over(run: Run) -> bool:
    """Whether the run ended well before its epochs were over, by the limit of its time or by a rule of its own too."""
    has_limit = (run.config.get("limits") or {}).get("minutes") is not None
    return has_limit and run.status == Run.Status.SUCCEEDED and run.checkpoint.step < (run.num_steps or 0)
