"""The gradients of full batches from a CUDA graph: what the processor would launch one by one goes to the GPU at once.

A small network leaves a GPU waiting for launches. A graph records them, with the places in memory that they read and
write, and repeats them. The optimizer stays outside: what it is set to changes from step to step, and for most it is a
launch or two.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import torch
from torch import Tensor

from trainer.training.optimizers import needs_closure
from trainer.training.record import Batch
from trainer.training.setup import Setup

Gradients = Callable[..., Batch]  # inputs and targets, [B, ...] each -> gradients in place, and the batch
Replaying = Callable[[Gradients, Sequence[Tensor]], Gradients]
NUM_TRIALS: Final = 3
WORTH_IT: Final = 0.95  # of the time without a graph; a graph holds its memory for itself
MAX_BYTES: Final = 1024**3  # of activations: what takes longer to compute than to launch

log = logging.getLogger(__name__)


class Recorder(Protocol):
    """What records work and repeats it. `rehearse` does it once the usual way, where it will be recorded."""

    def rehearse(self, work: Callable[[], Batch]) -> Batch: ...

    def record(self, work: Callable[[], Batch]) -> Batch: ...

    def replay(self) -> None: ...

    def forget(self) -> None: ...

    def clock(self) -> float: ...


class CudaRecorder:
    """A CUDA graph. It draws from the generator of the device, which goes on by what each replay takes."""

    def __init__(self) -> None:
        self._stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        self._graph = torch.cuda.CUDAGraph()

    def rehearse(self, work: Callable[[], Batch]) -> Batch:
        self._stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._stream):
            batch = work()
        torch.cuda.current_stream().wait_stream(self._stream)
        return batch

    def record(self, work: Callable[[], Batch]) -> Batch:
        """Computes nothing; what it returns is filled by `replay`. Raises RuntimeError for what no graph can hold."""
        with torch.cuda.graph(self._graph, stream=self._stream, capture_error_mode="thread_local"):
            return work()

    def replay(self) -> None:
        self._graph.replay()

    def forget(self) -> None:
        """Give back the memory of the graph, as far as nobody else holds it."""
        self._graph.reset()

    def clock(self) -> float:
        torch.cuda.synchronize()
        return time.perf_counter()


@dataclass(frozen=True, slots=True)
class Recording:
    """The places in memory that a graph reads, `inputs` and `targets`, and those it writes."""

    inputs: Sequence[Tensor]
    targets: Sequence[Tensor]
    batch: Batch
    gradients: Sequence[Tensor | None]  # of the parameters


class Replayed:
    """Gradients of batches of `num_rows`: computed a few times, recorded, replayed a few times, then the faster way.

    All of these are steps of the run; other batches, such as the last of an epoch, are computed the usual way.
    """

    def __init__(
        self, gradients: Gradients, parameters: Sequence[Tensor], recorder: Recorder, *, num_rows: int
    ) -> None:
        self._gradients = gradients
        self._parameters = parameters
        self._recorder = recorder
        self._num_rows = num_rows
        self._recording: Recording | None = None
        self._without: list[float] = []  # seconds
        self._with: list[float] = []
        self._of_full_batch: Gradients = self._rehearse

    def __call__(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], *rest: Any) -> Batch:
        is_full = inputs[0].shape[0] == self._num_rows
        return (self._of_full_batch if is_full else self._gradients)(inputs, targets, *rest)

    def _rehearse(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], *rest: Any) -> Batch:
        begun = self._recorder.clock()
        batch = self._recorder.rehearse(lambda: self._gradients(inputs, targets, *rest))
        self._without.append(self._recorder.clock() - begun)
        if len(self._without) == NUM_TRIALS:
            self._of_full_batch = self._record
        return batch

    def _record(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], *rest: Any) -> Batch:
        own_inputs, own_targets = ([tensor.clone() for tensor in tensors] for tensors in (inputs, targets))
        try:
            batch = self._recorder.record(lambda: self._gradients(own_inputs, own_targets, *rest))
        except RuntimeError as error:
            log.warning("the run goes on without a CUDA graph, which cannot hold what its network does: %s", error)
            self._of_full_batch = self._gradients
            for parameter in self._parameters:
                parameter.grad = None
            return self._gradients(inputs, targets, *rest)
        gradients = [parameter.grad for parameter in self._parameters]
        self._recording = Recording(own_inputs, own_targets, batch, gradients)
        self._of_full_batch = self._try
        return self._try(inputs, targets)

    def _try(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], *_: Any) -> Batch:
        begun = self._recorder.clock()
        batch = self._replay(inputs, targets)
        self._with.append(self._recorder.clock() - begun)
        if len(self._with) == NUM_TRIALS:
            is_faster = min(self._with) < WORTH_IT * min(self._without)
            self._of_full_batch = self._replay if is_faster else self._gradients
            if not is_faster:
                self._recording = None
                self._recorder.forget()
        return batch

    def _replay(self, inputs: Sequence[Tensor], targets: Sequence[Tensor], *_: Any) -> Batch:
        recording = self._recording
        assert recording is not None
        torch._foreach_copy_([*recording.inputs, *recording.targets], [*inputs, *targets])
        self._recorder.replay()
        for parameter, gradient in zip(self._parameters, recording.gradients, strict=True):
            parameter.grad = gradient
        return _copy(recording.batch)


def _copy(batch: Batch) -> Batch:
    """The batch in memory of its own: the next replay writes over where it was."""
    heads = [
        replace(
            head,
            loss=head.loss.clone(),
            answer=None if head.answer is None else head.answer.clone(),
            target=None if head.target is None else head.target.clone(),
        )
        for head in batch.heads
    ]
    return replace(batch, loss=batch.loss.clone(), heads=heads)


def suits(setup: Setup) -> bool:
    """Whether the batches of a run may be replayed: on a GPU, the same work each time, and little of it.

    Not where each result is to be the same to the last bit, nor where a batch goes in several parts or through several
    processes, an optimizer looks at it more than once, a gradient is sparse, the loss is scaled by what the last one
    showed, or what was computed is computed again on the way back, with the generators where they were.
    """
    config = setup.job.config
    return (
        setup.arithmetic.device.startswith("cuda")
        and not config.deterministic
        and config.gradients.accumulate == 1
        and not needs_closure(setup.optimizer)
        and config.optimizer.type != "SparseAdam"
        and setup.arithmetic.precision != "float16"
        and config.recompute == "nothing"
        and setup.team.size == 1
        and setup.rows_at_once * setup.compiled.activation_bytes <= MAX_BYTES
    )


def replaying(setup: Setup) -> Replaying:
    """How the gradients of a run's batches are computed: replayed where that suits, else as they are."""
    if not suits(setup):
        return lambda gradients, _: gradients
    return lambda gradients, parameters: Replayed(gradients, parameters, CudaRecorder(), num_rows=setup.rows_at_once)
