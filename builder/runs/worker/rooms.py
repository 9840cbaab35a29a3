"""What the devices of this machine have room for, and which of the runs held here take how much of it."""

import threading
from uuid import UUID

from builder.runs.lease import Claim, claim_run
from builder.runs.models import Run
from builder.runs.room import Room
from builder.runs.seats import SlotSeat
from builder.runs.worker.devices import Device, measure_cpu, measure_devices

CPU = "cpu"


class Rooms:
    """Slots claim through this, one after the other, so that two never count on the same memory.

    A run may take its estimated peak at any moment until it ends, whether it has it already or not: what a device has
    room for is what it had free without runs, less their peaks, and no more than is free now.
    """

    def __init__(self, gpus: list[str]) -> None:
        self._gpus = gpus
        self._claiming = threading.Lock()
        self._changing = threading.Lock()
        self._taken: dict[UUID, tuple[str, int]] = {}
        self._free: dict[str, int] = {}
        self._free_without_runs: dict[str, int] = {}
        self.measure()

    def measure(self) -> list[Device]:
        """Look at all devices. Of each, `free_bytes` is what a run could still take, `empty_bytes` all it could."""
        devices = measure_devices(self._gpus)
        names = [CPU, *self._gpus]
        if len(devices) != len(names):  # the driver does not tell of some of them: nothing is known of any
            devices, names = devices[:1], [CPU]
        left = [self._note(name, device) for name, device in zip(names, devices, strict=True)]
        with self._changing:
            empty = [self._empty(name) for name in names]
        return [
            {**device, "free_bytes": free, "empty_bytes": has}
            for device, free, has in zip(devices, left, empty, strict=True)
        ]

    def claim(self, *, worker_id: UUID, gpu: str | None, seat: SlotSeat | None = None) -> Claim | None:
        """Take the run whose turn it is among those that fit into the machine, or the slot's GPU."""
        with self._claiming:
            self._note(CPU, measure_cpu())
            room, empty = self._room(gpu, empty=False), self._room(gpu, empty=True)
            claim = claim_run(worker_id=worker_id, room=room, empty=empty, seat=seat)
            if claim is not None:
                self.enter(claim.run_id, gpu)
        return claim

    def enter(self, run_id: UUID, gpu: str | None) -> None:
        """The run trains here from now on."""
        on_cpu, on_gpu = Run.objects.values_list("memory_bytes", "gpu_memory_bytes").get(id=run_id)
        goes_to_gpu = gpu is not None and on_gpu is not None
        with self._changing:
            self._taken[run_id] = (gpu, on_gpu) if goes_to_gpu else (CPU, on_cpu or 0)

    def leave(self, run_id: UUID) -> None:
        """It does not train here any more, and its child is gone."""
        with self._changing:
            self._taken.pop(run_id, None)

    def _note(self, name: str, device: Device) -> int:
        with self._changing:
            self._free[name] = device["free_bytes"]
            if not any(where == name for where, _ in self._taken.values()):
                self._free_without_runs[name] = device["free_bytes"]
            return self._left(name)

    def _left(self, name: str) -> int:
        taken = sum(num_bytes for where, num_bytes in self._taken.values() if where == name)
        return max(0, min(self._free[name], self._free_without_runs.get(name, self._free[name]) - taken))

    def _empty(self, name: str) -> int:
        return max(self._free_without_runs.get(name, 0), self._left(name))

    def _room(self, gpu: str | None, *, empty: bool) -> Room:
        def of(name: str) -> int:
            return self._empty(name) if empty else self._left(name)

        with self._changing:
            return Room(of(CPU), of(gpu) if gpu in self._free else None)
