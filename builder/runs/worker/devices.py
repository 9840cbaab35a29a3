"""The devices of this machine and what is free of each, found without loading torch."""

import glob
import logging
import os
import platform
import subprocess
from pathlib import Path
from typing import NotRequired, TypedDict

import psutil

log = logging.getLogger(__name__)

CGROUP = Path("/sys/fs/cgroup")
MIB = 1024**2
ASK_SECONDS = 5.0


class Device(TypedDict):
    """`free_bytes` is what a run could still take, `empty_bytes` what it could if no other trained there."""

    kind: str  # cpu, cuda
    name: str
    total_bytes: int
    free_bytes: int
    empty_bytes: NotRequired[int]


def visible_gpus() -> list[str]:
    """The GPUs this process may use, by what CUDA_VISIBLE_DEVICES would call them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name for name in chosen.split(",") if name and name != "-1"]
    return [str(index) for index in range(len(glob.glob("/dev/nvidia[0-9]*")))]


def gpus_of_slot(gpus: list[str], *, index: int, num_slots: int) -> list[str]:
    """Those that a slot's runs may use: divided among the slots, and shared by some where there are fewer of them."""
    return gpus[index::num_slots] or gpus[index % len(gpus) :][:1] if gpus else []


def measure_devices(gpus: list[str]) -> list[Device]:
    """The machine's memory, and that of each of `gpus` whose driver says."""
    return [measure_cpu(), *(_measure_gpus(gpus) if gpus else [])]


def measure_cpu() -> Device:
    """The memory of this machine, or of the container it is to us."""
    memory = psutil.virtual_memory()
    total, free = memory.total, memory.available
    limit = _read_number(CGROUP / "memory.max")
    if limit is not None and limit < total:
        total, free = limit, min(free, max(0, limit - _held_bytes()))
    return {"kind": "cpu", "name": platform.machine(), "total_bytes": total, "free_bytes": free}


def _held_bytes() -> int:
    """What the container holds, less the pages of files that the kernel gives up when memory is short."""
    held = _read_number(CGROUP / "memory.current") or 0
    try:
        lines = (CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return held
    return held - sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))


def _read_number(path: Path) -> int | None:
    """A limit of the container; None where it has none ("max"), or no such file is there."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _measure_gpus(gpus: list[str]) -> list[Device]:
    query = ["nvidia-smi", "--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            [*query, "-i", ",".join(gpus)], capture_output=True, text=True, timeout=ASK_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("the memory of the GPUs is not known: %s", error)
        return []
    return read_gpu_table(done.stdout)


def read_gpu_table(text: str) -> list[Device]:
    """The rows `name, total, free` in MiB that the driver's tool prints; without those whose memory it does not say."""
    devices: list[Device] = []
    for line in text.splitlines():
        name, total, free = line.rsplit(",", 2)
        if total.strip().isdigit() and free.strip().isdigit():
            devices.append(
                {
                    "kind": "cuda",
                    "name": name.strip(),
                    "total_bytes": int(total) * MIB,
                    "free_bytes": int(free) * MIB,
                }
            )
    return devices
