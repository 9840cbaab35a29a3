"""What the tests of the trainer share: what is costly and the same each time is made once a process."""

from collections.abc import Iterator
from functools import cache

import pytest
from torch.onnx._internal.exporter._registration import ONNXRegistry


@pytest.fixture(scope="session", autouse=True)
def _one_registry_of_onnx_operations() -> Iterator[None]:
    """An export reads the source of 500 operations anew, most of what a small one takes; nothing adds to them."""
    made = cache(ONNXRegistry.from_torchlib)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ONNXRegistry, "from_torchlib", staticmethod(made))
        yield
