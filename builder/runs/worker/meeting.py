"""Where this machine meets others for a run, as the trainer is told."""

import socket
from uuid import UUID

import psutil
from django.conf import settings

from builder.runs.lease import Claim
from builder.runs.models import Seat


def meeting_of(claim: Claim, *, port: int) -> dict[str, object]:
    """The meeting for the machine that leads: others come to it, at `port` or any that is free."""
    return _meeting(
        claim.run_id, claim.fence, machines=claim.machines, rank=0, host=settings.RENDEZVOUS_HOST, port=port
    )


def meeting_of_seat(seat: Seat, *, machines: int) -> dict[str, object]:
    """The meeting for another one of them, which has been told the address."""
    host, _, port = seat.address.rpartition(":")
    return _meeting(seat.run_id, seat.fence, machines=machines, rank=seat.rank, host=host, port=int(port))


def _meeting(run_id: UUID, fence: int, **fields: object) -> dict[str, object]:
    return {"name": f"{run_id}-{fence}", "interface": own_interface(settings.RENDEZVOUS_HOST), **fields}


def own_interface(host: str) -> str | None:
    """The network interface of this machine that has the address of `host`; None where none has, as behind a NAT."""
    try:
        addresses = {found[4][0] for found in socket.getaddrinfo(host, None)}
    except OSError:
        return None
    for name, found in psutil.net_if_addrs().items():
        if any(one.address.partition("%")[0] in addresses for one in found):
            return name
    return None
