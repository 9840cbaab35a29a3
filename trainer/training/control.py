"""What the outside may ask of a run between two steps."""

from dataclasses import dataclass
from typing import Literal, get_args

Request = Literal["pause", "cancel", "hand_back"]
REQUESTS: tuple[Request, ...] = get_args(Request)


@dataclass(slots=True)
class Control:
    """Set by another thread, looked at by the loop after every step; the latest request counts."""

    requested: Request | None = None
