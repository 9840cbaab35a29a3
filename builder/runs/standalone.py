"""The project of a run that trains it again without Layerloom, as a zip."""

import json
import tempfile
from importlib.metadata import version
from typing import BinaryIO

from builder import engine
from builder.files import local_folder
from builder.runs.models import Run
from trainer.errors import UserError
from trainer.standalone.project import PACKAGES, Standalone, write_project


def run_standalone(*, run: Run, person: object) -> BinaryIO:
    """The zip, in a file that is gone when it is closed, with the encoders that its checkpoints hold. `person` asks."""
    if run.checkpoint is None or run.frozen is None:
        raise UserError("run.no_standalone", status=409)
    if run.weights_id is not None:
        raise UserError("run.imported_start", status=409)
    if run.carry and run.parent_checkpoint is None:
        raise UserError("run.no_start", status=409)
    start, checkpoint = run.parent_checkpoint, local_folder(run.checkpoint.storage_key)
    project = Standalone(
        title=f"{run.project.name}, run {run.number}",
        code=engine.generate_code(run.bound_graph, person=person),
        graph=run.bound_graph,
        config=run.config,
        encoders=json.loads((checkpoint / "encoders.json").read_text(encoding="utf-8")),
        frozen=run.frozen,
        version=local_folder(run.dataset_version.storage_key),
        versions={package: version(package).partition("+")[0] for package in PACKAGES},
        start=local_folder(start.storage_key) if start else None,
        carried=(run.carry or "weights") if start else "nothing",
    )
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    write_project(project, file)
    return file
