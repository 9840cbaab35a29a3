"""The checkpoints of a held run: uploaded first, under a key that names the fence, then pointed to."""

import errno
from pathlib import Path

from builder.files import delete_folder, publish_folder
from builder.runs.lease import Claim, LeaseLost, delete_superseded_checkpoints, record_checkpoint
from builder.runs.log import Event, make_event
from builder.runs.models import Checkpoint

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
DISK_FULL = {"code": "run.disk_full", "fields": {}}


class DiskFull(Exception):
    """There is no room for a checkpoint."""


class CheckpointStore:
    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._num_stored = 0
        self._steps: set[int] = set()

    def publish(self, event: Event, job: Path) -> tuple[Checkpoint, Event]:
        """Store the files the child wrote. The run does not know of them yet."""
        folder = job / event["path"]
        name = f"step-{event['step']}" + (f"-{self._num_stored}" if event["step"] in self._steps else "")
        self._steps.add(event["step"])
        self._num_stored += 1
        checkpoint = Checkpoint(
            run_id=self._claim.run_id,
            fence=self._claim.fence,
            step=event["step"],
            epoch=event["epoch"],
            kinds=event["kinds"],
            metrics=event["metrics"],
            storage_key=f"runs/{self._claim.run_id}/{self._claim.fence}/{name}",
            size_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        )
        try:
            publish_folder(folder, checkpoint.storage_key)
        except OSError as error:
            if error.errno in NO_SPACE:
                raise DiskFull from error
            raise
        fields = {name: event[name] for name in ("step", "epoch", "kinds", "metrics")}
        return checkpoint, make_event("checkpoint", id=str(checkpoint.id), **fields)

    def record(self, checkpoint: Checkpoint, events: list[Event], changes: dict) -> None:
        """Point the run to the stored files, under the fence; without the fence they go again."""
        try:
            record_checkpoint(self._claim, events, checkpoint, **changes)
        except LeaseLost:
            delete_folder(checkpoint.storage_key)
            raise
        delete_superseded_checkpoints(self._claim.run_id)
