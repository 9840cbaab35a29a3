"""What the outside may ask of a run between two steps."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Request = Literal["pause", "cancel", "hand_back"]
REQUESTS: tuple[Request, ...] = get_args(Request)
EXIT_PARENT_GONE: Final = 3  # how a process ends whose parent did


@dataclass(slots=True)
class Control:
    """Set by another thread, looked at by the loop after every step; the latest request counts."""

    requested: Request | None = None
