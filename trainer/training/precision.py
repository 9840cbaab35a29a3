"""The numbers a run computes with: the autocast of its forward pass, and the scaling of the loss that float16 needs."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import torch
from torch import Tensor
from torch.optim import Optimizer

DTYPES: Final = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class MixedPrecision:
    """One precision on one device. In float16 the loss is scaled up so that small gradients are not lost to zero."""

    def __init__(self, precision: str, device: str) -> None:
        self._device = device
        self._dtype = DTYPES.get(precision)
        self._scaler = torch.amp.GradScaler(device) if precision == "float16" else None

    def autocast(self) -> AbstractContextManager[object]:
        return nullcontext() if self._dtype is None else torch.autocast(self._device, dtype=self._dtype)

    def backward(self, loss: Tensor) -> None:
        scaled = loss if self._scaler is None else self._scaler.scale(loss)
        scaled.backward()  # type: ignore[no-untyped-call]

    def unscale(self, optimizer: Optimizer) -> None:
        """Gradients as they are, before they are looked at."""
        if self._scaler is not None:
            self._scaler.unscale_(optimizer)

    def step(self, optimizer: Optimizer, bare: Callable[[], None]) -> None:
        """A step of the optimizer, `bare` where nothing is scaled; none where a gradient was out of range."""
        if self._scaler is None:
            bare()
        else:
            self._scaler.step(optimizer)
            self._scaler.update()

    def to_json(self) -> dict[str, Any] | None:
        return self._scaler.state_dict() if self._scaler is not None else None

    def load_json(self, state: dict[str, Any] | None) -> None:
        if self._scaler is not None and state is not None:
            self._scaler.load_state_dict(state)
