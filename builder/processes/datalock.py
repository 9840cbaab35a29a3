"""One stack on one data directory."""

import fcntl
import os
from pathlib import Path


class DirectoryInUse(Exception):
    def __init__(self, directory: Path, pid: str) -> None:
        super().__init__(
            f"Another Layerloom (process {pid or 'unknown'}) is running on {directory}. "
            "Stop it first, or give this one a directory of its own with LAYERLOOM_DATA."
        )


def lock_directory(directory: Path) -> int:
    """Hold the directory until this process ends, however it ends. Raises DirectoryInUse."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise DirectoryInUse(directory, pid) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
