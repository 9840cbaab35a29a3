"""The job directory of a claimed run: what `trainer` needs to train it, without a database."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from builder.files import local_folder
from builder.runs.models import Run
from builder.runs.worker.devices import measure_devices
from trainer.data.placement import default_resident_bytes

RUN_ID: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
JOB_NAME: Final = re.compile(rf"(?P<id>{RUN_ID.pattern})-(?P<fence>[0-9]{{1,9}})(?:\.[0-9]{{1,9}})?")


def job_path(run_id: UUID, fence: int, rank: int = 0) -> Path:
    """Of the machine with this rank among those that share the run."""
    return settings.DATA_DIR / "jobs" / (f"{run_id}-{fence}" + (f".{rank}" if rank else ""))


def rows_folder() -> Path:
    """Where rows that do not fit into memory lie, of each run in a folder of its own that goes at its end."""
    return settings.DATA_DIR / "rows"


def prepare_job(path: Path, run: Run, *, num_threads: int, meeting: Mapping[str, object] | None = None) -> None:
    """Write the directory. A resume points to the stored checkpoint, a continued run to that of its parent,
    an imported one to the file that was brought."""
    shutil.rmtree(path, ignore_errors=True)
    (path / "checkpoints").mkdir(parents=True)
    frozen = run.frozen
    job = {
        "config": run.config,
        "dataset_dir": str(local_folder(run.dataset_version.storage_key)),
        "frozen": frozen,
        "resume": None,
        "initial_weights": None,
        "imported_weights": None,
        "carry": run.carry or "weights",
        "num_threads": frozen["num_threads"] if frozen else num_threads,
        "resident_bytes": _resident_bytes(),
        "data_dir": str(rows_folder() / str(run.id)),
        "meeting": meeting,
    }
    start = run.checkpoint or run.parent_checkpoint
    if start is not None:
        folder = local_folder(start.storage_key)
        job["resume" if run.checkpoint else "initial_weights"] = str(folder)
        if run.checkpoint or start.run.bound_hash == run.bound_hash:
            shutil.copyfile(folder / "encoders.json", path / "encoders.json")
    elif run.weights is not None:
        job["imported_weights"] = str(local_folder(run.weights.storage_key) / "weights.safetensors")
    (path / "graph.json").write_text(json.dumps(run.bound_graph))
    (path / "job.json").write_text(json.dumps(job))


def _resident_bytes() -> int:
    """What the operator says a data set may take in memory, else a share of what this machine or container has."""
    if settings.RESIDENT_BYTES is not None:
        return settings.RESIDENT_BYTES
    (machine,) = measure_devices([])
    return default_resident_bytes(machine["total_bytes"])


def remove_stale_jobs() -> None:
    """Directories of claims that are over, whose holder was killed before it could remove them; no others."""
    for path in (settings.DATA_DIR / "jobs").glob("*-*"):
        named = JOB_NAME.fullmatch(path.name)
        if named and not Run.objects.filter(**named.groupdict(), status=Run.Status.RUNNING).exists():
            shutil.rmtree(path, ignore_errors=True)


def remove_stale_rows() -> None:
    """The encoded rows of runs that have ended, or are gone, without a child that could remove them."""
    folder = rows_folder()
    names = [path.name for path in folder.iterdir()] if folder.exists() else []
    found = {name for name in names if RUN_ID.fullmatch(name)}
    if found:
        going_on = Run.objects.filter(id__in=found).exclude(status__in=Run.FINAL).values_list("id", flat=True)
        for name in found - {str(run_id) for run_id in going_on}:
            shutil.rmtree(folder / name, ignore_errors=True)
