from typing import Any

import pytest
import torch
from torch import nn
from torch._decomp import decompositions
from torch._dispatch.python import enable_python_dispatcher
from torch._subclasses.fake_tensor import FakeTensorMode

from trainer.serving.recurrent_shapes import sizes_of_recurrent_layers_only

Layer = type[nn.GRU] | type[nn.LSTM]


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (nn.GRU, {}),
        (nn.GRU, {"num_layers": 2, "bidirectional": True}),
        (nn.LSTM, {}),
        (nn.LSTM, {"num_layers": 2, "bidirectional": True, "bias": False}),
        (nn.LSTM, {"proj_size": 3, "bidirectional": True}),
    ],
)
def test_a_trace_is_told_the_sizes_that_computing_gives_and_follows_no_step(
    monkeypatch: pytest.MonkeyPatch, kind: Layer, settings: dict[str, Any], batch_first: bool
) -> None:
    def follow(*arguments: Any) -> None:
        raise AssertionError("the steps were followed")

    monkeypatch.setattr(decompositions, "_rnn_helper", follow)
    layer = kind(4, 5, batch_first=batch_first, **settings).eval()
    rows = torch.randn(2, 7, 4)

    def traced() -> list[torch.Size]:
        with FakeTensorMode(allow_non_fake_inputs=True) as mode, enable_python_dispatcher():
            return sizes(layer(mode.from_tensor(rows)))

    with torch.no_grad():
        computed = layer(rows)
        with sizes_of_recurrent_layers_only():
            assert traced() == sizes(computed)
            assert torch.equal(layer(rows)[0], computed[0])
        with pytest.raises(AssertionError, match="followed"):
            traced()


def sizes(results: tuple[torch.Tensor, Any]) -> list[torch.Size]:
    output, states = results
    return [output.shape, *[state.shape for state in (states if isinstance(states, tuple) else (states,))]]
