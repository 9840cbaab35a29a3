"""Where the processes of a run find each other: in a file on one machine, at a port of the leading one on several."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from torch.distributed import TCPStore  # type: ignore[attr-defined]

from trainer.errors import UserError
from trainer.training.events import Event
from trainer.training.job import Meeting

REACH_SECONDS: Final = 60.0  # for a machine to get through to the one that leads
GATHER_SECONDS: Final = 600  # for all machines of a run to be there
PAUSE_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Place:
    """What torch's launcher is told of it. `address` is for the process group, `store` what is kept open meanwhile."""

    name: str
    address: str
    backend: str
    endpoint: str
    settings: Mapping[str, Any]
    machines: int = 1
    store: TCPStore | None = field(default=None, repr=False)


def stay_here(folder: Path) -> Place:
    """A place for processes that are all on this machine: no port is opened to the network."""
    os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"
    if "lo" in (name for _, name in socket.if_nameindex()):
        os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    return Place(
        name=folder.name,
        address=f"file://{folder}/group",
        backend="c10d",
        endpoint=str(folder / "rendezvous"),
        settings={"store_type": "file"},
    )


def meet(meeting: Meeting, emit: Callable[[Event], None]) -> Place:
    """Listen where this machine leads, telling `listening` with the port; else wait until the one that leads is there.

    Raises UserError `training.no_port` or `training.unreachable`.
    """
    if meeting.interface is not None:
        os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = meeting.interface
    port, store = meeting.port, None
    if meeting.rank == 0:
        store = _listen(meeting)
        port = store.port
        emit({"type": "listening", "port": port})
    else:
        _reach(meeting)
    return Place(
        name=meeting.name,
        address="env://",
        backend="static",
        endpoint=f"{meeting.host}:{port}",
        settings={"rank": meeting.rank, "timeout": GATHER_SECONDS},
        machines=meeting.machines,
        store=store,
    )


def _listen(meeting: Meeting) -> TCPStore:
    """A store at the meeting's port, on the address of its host alone where the interface is known to have it.

    torch's launcher makes another one of the same process at this port, and gets this one.
    """
    try:
        listener = socket.create_server((meeting.host if meeting.interface else "", meeting.port))
    except OSError as error:
        where = f"{meeting.host}:{meeting.port}"
        raise UserError("training.no_port", path="meeting", address=where, reason=str(error)) from error
    return TCPStore(
        meeting.host,
        listener.getsockname()[1],
        is_master=True,
        timeout=timedelta(seconds=GATHER_SECONDS),
        wait_for_workers=False,
        multi_tenant=True,
        master_listen_fd=listener.detach(),
    )


def _reach(meeting: Meeting) -> None:
    until = time.monotonic() + REACH_SECONDS
    while True:
        try:
            with closing(socket.create_connection((meeting.host, meeting.port), timeout=REACH_SECONDS / 4)):
                return
        except OSError as error:
            if time.monotonic() > until:
                where = f"{meeting.host}:{meeting.port}"
                raise UserError("training.unreachable", path="meeting", address=where, reason=str(error)) from error
        time.sleep(PAUSE_SECONDS)
