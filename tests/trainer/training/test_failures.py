"""What a person is told when a run fails."""

import errno
from typing import Any

import pytest
import torch

from tests.trainer.training.jobs import digits_graph
from trainer.graph.compile import compile_graph
from trainer.graph.document import parse_document
from trainer.training.failures import describe_failure
from trainer.training.reporter import Reporter


def told(error: BaseException) -> dict[str, Any]:
    return describe_failure(error, network=None, graph=digits_graph(), device="cpu")


def test_full_disk_and_full_memory_are_called_so() -> None:
    assert told(OSError(errno.ENOSPC, "No space left on device"))["code"] == "training.disk_full"
    assert told(torch.OutOfMemoryError("CUDA out of memory"))["code"] == "training.out_of_memory"
    allocator = "[enforce fail at alloc_cpu.cpp:121] DefaultCPUAllocator: can't allocate memory: you tried to allocate"
    assert told(RuntimeError(allocator))["code"] == "training.out_of_memory"


def test_anything_else_keeps_its_own_words_and_traceback() -> None:
    try:
        raise ValueError("the reason\nand more")
    except ValueError as error:
        failure = told(error)
    assert failure["code"] == "training.failed"
    assert failure["message"].endswith("the reason")
    assert "and more" in failure["traceback"]
    assert failure["node"] is None


def test_error_in_the_network_names_the_node_of_its_line() -> None:
    document = digits_graph()
    network = compile_graph(parse_document(document)).network
    with pytest.raises(RuntimeError) as raised:
        network(torch.zeros(2, 1, 7, 7))
    failure = describe_failure(raised.value, network=network, graph=document, device="cpu")
    assert (failure["code"], failure["node"]) == ("training.node_failed", "n2")
    assert failure["fields"]["node"] == "layer1"


@pytest.mark.parametrize(
    ("losses", "step", "cause"),
    [
        ([float("nan"), 1.0], 11, "first"),
        ([1.0, 5.0, 9.0, float("inf")], 14, "growing"),
        ([1.0, 0.9, 0.8, float("nan")], 14, "sudden"),
    ],
)
def test_loss_that_is_no_number_gets_its_step_and_likely_cause(losses: list[float], step: int, cause: str) -> None:
    events: list[Any] = []
    reporter = Reporter(events.append, step=10, recent=[])
    with pytest.raises(Exception, match=f"step {step}") as raised:
        reporter.add_steps({"train/loss": losses, "rate": [0.5] * len(losses)})
    assert raised.value.code == f"training.loss_not_finite_{cause}"
    assert events[0]["step"] == 11
    assert len(events[0]["values"]["train/loss"]) == len(losses)
