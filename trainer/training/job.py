"""The job directory: what a run is given, and where it leaves its checkpoints."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

import trainer.messages.training  # noqa: F401
from trainer.data.placement import default_resident_bytes
from trainer.errors import UserError
from trainer.training.config import RunConfig, parse_config

Carry = Literal["weights", "all"]


@dataclass(frozen=True, slots=True)
class Meeting:
    """How the machines of a run find each other. That of rank 0 leads: it listens at `host`, on `port`, or on any port
    that is free where that is 0. They talk over the network `interface`, by default over the one that torch finds.

    `name` tells this start of the run from others.
    """

    name: str
    machines: int
    rank: int
    host: str
    port: int = 0
    interface: str | None = None


@dataclass(frozen=True)
class Job:
    """A run to be made: `directory` holds `job.json graph.json [encoders.json] checkpoints/ data/`.

    `frozen` is the arithmetic of the first start; `resume` the checkpoint to go on from exactly; `initial_weights` that
    of another run, whose weights (and with `carry` "all" its optimizer) a new run begins with; `imported_weights` a
    file that it takes the weights from that fit. Encoded rows are held in memory up to `resident_bytes`, by default up
    to a share of what there is, and else lie in `data`: in `data_dir`, where the next job of this run may find them, or
    in the job's own directory. Each of several machines has its own job, with a `meeting`.
    """

    directory: Path
    graph: Mapping[str, Any]
    config: RunConfig
    dataset: Path
    encoders: Mapping[str, Any] | None = None
    frozen: dict[str, Any] | None = None
    resume: Path | None = None
    initial_weights: Path | None = None
    imported_weights: Path | None = None
    carry: Carry = "weights"
    num_threads: int = 1
    resident_bytes: int | None = None
    data_dir: Path | None = None
    meeting: Meeting | None = None

    @property
    def checkpoints(self) -> Path:
        return self.directory / "checkpoints"

    @property
    def data(self) -> Path:
        return self.data_dir or self.directory / "data"

    def resident_bytes_on(self, device: str) -> int:
        """How much of its data the run may hold there, and on the way there."""
        here = default_resident_bytes() if self.resident_bytes is None else self.resident_bytes
        return here if device == "cpu" else min(here, default_resident_bytes(torch.cuda.mem_get_info(device)[1]))


def resume_newest(job: Job) -> Job:
    """The job, going on from the newest checkpoint in its own directory where there is one and none was named.

    Of several machines only the one that leads has any, so that their jobs have to name it.
    """
    places = sorted(job.checkpoints.glob("step-*"), key=lambda place: int(place.name.removeprefix("step-")))
    if job.resume is not None or job.meeting is not None or not places:
        return job
    state = json.loads((places[-1] / "state.json").read_text(encoding="utf-8"))
    return replace(job, resume=places[-1], frozen=state["frozen"])


def read_job(directory: Path) -> Job:
    """Read a job directory. Raises UserError `training.job_unreadable` or what is wrong with its config."""
    try:
        settings = json.loads((directory / "job.json").read_text(encoding="utf-8"))
        graph = json.loads((directory / "graph.json").read_text(encoding="utf-8"))
        encoders_file = directory / "encoders.json"
        encoders = json.loads(encoders_file.read_text(encoding="utf-8")) if encoders_file.exists() else None
        resume, initial = settings.get("resume"), settings.get("initial_weights")
        imported, meeting = settings.get("imported_weights"), settings.get("meeting")
        return Job(
            directory=directory,
            graph=graph,
            config=parse_config(settings["config"], path="config"),
            dataset=directory / settings["dataset_dir"],
            encoders=encoders,
            frozen=settings.get("frozen"),
            resume=directory / resume if resume else None,
            initial_weights=directory / initial if initial else None,
            imported_weights=directory / imported if imported else None,
            carry=settings.get("carry") or "weights",
            num_threads=settings.get("num_threads") or 1,
            resident_bytes=settings.get("resident_bytes"),
            data_dir=directory / settings["data_dir"] if settings.get("data_dir") else None,
            meeting=Meeting(**meeting) if meeting else None,
        )
    except KeyError as error:
        raise UserError("training.job_unreadable", path=str(directory), reason=f"job.json has no {error}") from error
    except (OSError, ValueError, TypeError) as error:
        raise UserError("training.job_unreadable", path=str(directory), reason=str(error)) from error
