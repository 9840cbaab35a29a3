"""The memory that a run will need, estimated before it is queued, and refused where no worker could ever give it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from builder import engine
from builder.runs.queue import devices_for
from trainer.errors import UserError
from trainer.messages.sizes import bytes_text

log = logging.getLogger(__name__)

NOT_TOLD = ("memory.", "engine.")


@dataclass(frozen=True, slots=True)
class Need:
    """Estimated peaks; None where a run cannot go to such a device, or its peak could not be told."""

    cpu_bytes: int | None
    gpu_bytes: int | None


def estimate_need(graph: dict, facts: Mapping[str, Any], config: dict, *, person: object) -> Need:
    """What a run needs on the workers there are. 422 where it is more than any of them has.

    Of several workers the smallest that holds it counts: a small one keeps less of the data in memory. Where several
    processes share a run it is what those on one machine take, or one of them on its GPU.
    """
    devices = [{**device, "free_bytes": device["total_bytes"]} for device in devices_for(config["device"])]
    try:
        told = engine.estimate_memory(
            graph, facts=facts, config=config, devices=devices, resident_bytes=settings.RESIDENT_BYTES, person=person
        )
    except UserError as error:
        if not error.code.startswith(NOT_TOLD):
            raise
        log.warning("the memory of a run is not known, so it goes wherever a slot is free: %s", error)
        return Need(None, None)
    if devices and not any(device["fits"] for device in told["devices"]):
        raise _too_large(max(told["devices"], key=lambda device: device["total_bytes"]))
    if not devices:
        return Need(told["peak_bytes"], None)
    return Need(_smallest_peak(told["devices"], "cpu"), _smallest_peak(told["devices"], "cuda"))


def _smallest_peak(devices: list[dict], kind: str) -> int | None:
    """On the devices of a kind that hold the run, or where none does on any of them."""
    of_kind = [device for device in devices if device["kind"] == kind]
    holding = [device for device in of_kind if device["fits"]]
    return min((device["peak_bytes"] for device in holding or of_kind), default=None)


def _too_large(device: Mapping[str, Any]) -> UserError:
    batch = device["largest_batch"]
    return UserError(
        "run.too_large" if batch else "run.never_fits",
        path="config.batch_size",
        status=422,
        needed=bytes_text(device["peak_bytes"]),
        worker=device["worker"],
        has=bytes_text(device["total_bytes"]),
        **({"batch": batch} if batch else {}),
    )
