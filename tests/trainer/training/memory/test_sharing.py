"""What a run takes that several processes share: of each its rows, and the network whole or in parts."""

from typing import Any

import pytest

from tests.trainer.training.memory.one_step import template_document
from trainer.graph.parts import Document
from trainer.training.config import parse_config
from trainer.training.memory.estimate import DeviceKind, Estimate, estimate
from trainer.training.memory.sharing import PROCESS_BYTES

ROWS = 16384  # so many that the worst moment is a step


@pytest.fixture(scope="module")
def dense() -> Document:
    return template_document("fashion-mnist-dense")


def of(document: Document, parallel: dict[str, Any] | None = None, *, kind: DeviceKind = "cpu") -> Estimate:
    return estimate(document, parse_config({"batch_size": ROWS, "parallel": parallel}), kind=kind)


def test_each_process_has_the_whole_network_its_rows_and_only_one_the_copies(dense: Document) -> None:
    alone, shared = of(dense).parts(ROWS), of(dense, {"processes": 4}).parts(ROWS)
    for name in ("weights", "gradients", "optimizer"):
        assert shared[name] == 4 * alone[name]
    assert shared["batch"] == alone["batch"]
    assert shared["copies"] == alone["copies"]
    assert shared["device"] == 4 * (PROCESS_BYTES + 2 * alone["gradients"])


def test_processes_of_other_machines_take_rows_and_no_memory_here(dense: Document) -> None:
    here, both = of(dense, {"processes": 2}), of(dense, {"processes": 2, "machines": 2})
    assert both.parts(ROWS)["weights"] == here.parts(ROWS)["weights"]
    assert both.parts(ROWS)["batch"] == here.parts(ROWS)["batch"] / 2


def test_each_process_on_a_gpu_has_one_of_its_own(dense: Document) -> None:
    alone, shared = of(dense, kind="cuda").parts(ROWS), of(dense, {"processes": 4}, kind="cuda").parts(ROWS)
    assert shared["weights"] == alone["weights"]
    assert shared["batch"] == alone["batch"] / 4
    assert shared["device"] - alone["device"] == 2 * alone["gradients"]


def test_a_divided_network_takes_less_the_more_share_it_but_never_less_than_it_begins_with() -> None:
    gpt = template_document("gpt")
    shared = [of(gpt, {"kind": "sharded", "processes": number}, kind="cuda") for number in (1, 2, 4, 8)]
    weights = [one.parts(ROWS)["weights"] for one in shared]
    assert weights == [pytest.approx(weights[0] / number, rel=0.01) for number in (1, 2, 4, 8)]
    peaks = [one.peak_bytes(ROWS) for one in shared]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[-1] > shared[0].network
    whole = [of(gpt, {"processes": number}, kind="cuda").peak_bytes(ROWS) for number in (2, 4, 8)]
    assert all(part < all_of_it for part, all_of_it in zip(peaks[1:], whole, strict=True))
