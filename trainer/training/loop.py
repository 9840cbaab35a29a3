"""The training loop, from the first step to the test.

B rows of a batch, N rows of a split. Everything a step needs lies in tensors on the device; what is told to the outside
is read from them a few times a second.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from trainer.errors import UserError
from trainer.training.best import Best
from trainer.training.checkpoint import Snapshot, copy_weights
from trainer.training.control import Control
from trainer.training.events import Event
from trainer.training.keeper import CheckpointKeeper
from trainer.training.optimizers import needs_closure, optimizer_to_tensors
from trainer.training.random_states import capture_random_states, epoch_order
from trainer.training.record import Batch, Pass
from trainer.training.reporter import Reporter
from trainer.training.resident import ResidentSplit
from trainer.training.setup import Setup

MIN_STORE_SECONDS = 0.5
EVALUATION_ROWS = 1024

END_STATUS = {"pause": "paused", "cancel": "cancelled", "hand_back": "handed_back"}


class Stopped(Exception):
    """The outside asked for the end; `status` is what the run's end is called."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Training:
    """One run. Its position: `epoch` epochs and `batch` batches of this one are done, which were `step` updates."""

    def __init__(self, setup: Setup, emit: Callable[[Event], None], control: Control, *, prune: bool = False) -> None:
        self.setup = setup
        self.config = setup.job.config
        self.device = setup.arithmetic.device
        self.network = setup.compiled.network
        self.parameters = [parameter for group in setup.optimizer.param_groups for parameter in group["params"]]
        self.emit = emit
        self.control = control
        self.keeper = CheckpointKeeper(setup.job.checkpoints, emit, prune=prune)

        state = setup.resumed.state if setup.resumed else {}
        self.step = setup.resumed.step if setup.resumed else 0
        self.epoch = setup.resumed.epoch if setup.resumed else 0
        self.batch = state.get("batch", 0)
        self.epoch_seconds = state.get("epoch_seconds", 0.0)
        self.last_values: dict[str, float | None] = state.get("values", {})
        self.best = Best.resume(self.config.checkpoint.best_by, setup.heads, state.get("best"), setup.resumed)
        self.record = Pass(setup.heads, means=state.get("means"))
        if setup.resumed:
            self.record.load_tallies(setup.resumed.tensors, self.device)
        self.rates: list[float] = []
        self.stored_step = self.step if setup.resumed else -1
        self.last_store = time.monotonic()
        self.reporter = Reporter(emit, step=self.step, recent=state.get("recent_losses", []))

    # -- the course of a run

    def run(self) -> dict[str, Any]:
        """Train to the end, or to where the outside asks to stop. Returns the `end` event."""
        try:
            self._announce()
            while self.epoch < self.config.epochs:
                self._train_epoch()
                self._finish_epoch()
            self._store()
            return {"type": "end", "status": "succeeded", "test": self._test()}
        except Stopped as stopped:
            return {"type": "end", "status": stopped.status, "test": None}
        finally:
            self.keeper.close()

    def _train_epoch(self) -> None:
        setup, train, optimizer = self.setup, self.setup.splits["train"], self.setup.optimizer
        order = epoch_order(train.num_rows, seed=self.config.seed, epoch=self.epoch).to(self.device)  # int64 [N]
        batches = torch.split(order, setup.batch_size)[self.batch :]
        record, reporter = self.record, self.reporter
        self.network.train()
        self.epoch_started = time.monotonic() - self.epoch_seconds
        for rows in batches:  # int64 [B]
            batch = self._update(*train.take(rows))
            self.rates.append(optimizer.param_groups[0]["lr"])
            if setup.schedule is not None:
                setup.schedule.after_step()
            record.add(batch)
            self.step += 1
            self.batch += 1
            if (
                self.control.requested is not None
                or reporter.is_due()
                or record.is_full
                or self._store_is_due_by_steps()
            ):
                self._between_steps()

    def _finish_epoch(self) -> None:
        self._read_steps()
        train_values = self.record.compute()
        val = self._evaluate(self.setup.splits["val"])
        if self.setup.schedule is not None:
            loss = (val or train_values)["loss"]
            assert loss is not None
            self.setup.schedule.after_epoch(loss)
        self.epoch += 1
        self.batch = 0
        self.record = Pass(self.setup.heads)
        values = {f"train/{name}": value for name, value in train_values.items()}
        values |= {f"val/{name}": value for name, value in val.items()}
        seconds = time.monotonic() - self.epoch_started
        self.epoch_seconds = 0.0
        self.last_values = values
        self.reporter.add_epoch(
            {"type": "epoch", "epoch": self.epoch, "step": self.step, "values": values, "seconds": seconds}
        )
        if self.best.offer(val or train_values, step=self.step, values=values):
            self.best.keep(self._snapshot())
        if self.reporter.is_due():
            self.reporter.send()
        request = self.control.requested
        if request is not None:
            self._stop(request)
        late = time.monotonic() - self.last_store >= MIN_STORE_SECONDS
        if self._store_is_due_by_steps() or (late and not self.keeper.is_busy):
            self._store()

    def _between_steps(self) -> None:
        """Report; store and stop where that is due or asked for. The end of an epoch is left to its finish."""
        self._read_steps()
        if self.reporter.is_due():
            self.reporter.send()
        if self.batch == self.setup.steps_per_epoch:
            return
        request = self.control.requested
        if request is not None:
            self._stop(request)
        every = self.config.checkpoint.every_seconds
        due = every is not None and time.monotonic() - self.last_store >= every
        if self._store_is_due_by_steps() or (due and not self.keeper.is_busy):
            self._store()

    def _stop(self, request: str) -> None:
        if request != "cancel":
            self._store()
            self.keeper.wait()
        self.reporter.send()
        raise Stopped(END_STATUS[request])

    # -- loss and evaluation

    def _precision(self) -> AbstractContextManager[object]:
        if self.config.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device, dtype=torch.bfloat16)

    def _update(self, inputs: list[Tensor], targets: list[Tensor]) -> Batch:
        """One update of the weights by the rows of a batch, `[B, ...]` each; what it made of them before."""
        if needs_closure(self.setup.optimizer):
            return self._update_repeatedly(inputs, targets)
        batch = self._forward(inputs, targets)
        batch.loss.backward()  # type: ignore[no-untyped-call]
        self.setup.optimizer.step()
        self._forget_gradients()
        return batch

    def _update_repeatedly(self, inputs: list[Tensor], targets: list[Tensor]) -> Batch:
        """The same with an optimizer that looks at the batch several times."""
        looks: list[Batch] = []

        def look() -> Tensor:
            self._forget_gradients()
            batch = self._forward(inputs, targets)
            batch.loss.backward()  # type: ignore[no-untyped-call]
            looks.append(batch if not looks else looks[0])
            return batch.loss

        self.setup.optimizer.step(look)  # type: ignore[arg-type]
        self._forget_gradients()
        return looks[0]

    def _forget_gradients(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None

    def _forward(self, inputs: list[Tensor], targets: list[Tensor]) -> Batch:
        """What the network makes of a batch; the loss is that of all heads, by their weights."""
        heads = self.setup.heads
        with self._precision():
            results = self.setup.compiled.run(*inputs)  # [B, ...] each
            compared = [head.compare(results, inputs, targets) for head in heads]
            total = compared[0].loss if heads[0].weight == 1 else compared[0].loss * heads[0].weight
            for head, one in zip(heads[1:], compared[1:], strict=True):
                total = total + one.loss * head.weight
        return Batch(len(inputs[0]), total, compared)

    def _evaluate(self, split: ResidentSplit) -> dict[str, float | None]:
        """The values of a whole split by name, {} where it has no rows; the network's weights as they are."""
        if not split.num_rows:
            return {}
        record = Pass(self.setup.heads)
        rows = max(self.setup.batch_size if self.config.batch_size != "all" else 1, EVALUATION_ROWS)
        self.network.eval()
        with torch.inference_mode():
            for start in range(0, split.num_rows, rows):
                record.add(self._forward(*split.slice(start, start + rows)))
                if self.control.requested == "cancel":
                    raise Stopped("cancelled")
            record.read()
            values = record.compute()
        self.network.train()
        return values

    def _test(self) -> dict[str, Any] | None:
        """What the best weights reach on the test split, which nothing was chosen by."""
        self.keeper.wait()
        if self.best.weights is not None:
            self.network.load_state_dict(dict(self.best.weights))
        values = self._evaluate(self.setup.splits["test"])
        return {**values, "weights": "best", "step": self.best.step} if values else None

    # -- telling and storing

    def _announce(self) -> None:
        setup = self.setup
        exact = not setup.differences
        self.emit(
            {
                "type": "started",
                "frozen": setup.arithmetic.to_json(),
                "exact": exact,
                "step": self.step,
                "num_steps": self.config.epochs * setup.steps_per_epoch,
                "steps_per_epoch": setup.steps_per_epoch,
                "num_parameters": setup.num_parameters,
            }
        )
        if not exact:
            notice = UserError("training.not_exact", differences="; ".join(setup.differences))
            self.emit(
                {
                    "type": "log",
                    "level": "warning",
                    "code": notice.code,
                    "fields": notice.fields,
                    "message": notice.message(),
                }
            )

    def _read_steps(self) -> None:
        """Take what the steps left in tensors. Raises UserError where a loss is no number."""
        if self.record.num_unread:
            values = {f"train/{name}": numbers for name, numbers in self.record.read().items()}
            rates, self.rates = self.rates, []
            self.reporter.add_steps({**values, "rate": rates})

    def _store_is_due_by_steps(self) -> bool:
        every = self.config.checkpoint.every_steps
        return every is not None and self.step % every == 0

    def _store(self) -> None:
        """Give the best so far, where it is new, and the present to the keeper."""
        self.reporter.send()
        unstored = self.best.unstored
        if self.stored_step == self.step and unstored is None:
            return
        self.last_store = time.monotonic()
        self.stored_step = self.step
        if unstored is not None and unstored.step != self.step:
            self.keeper.store(unstored, ["best"], self.best.values)
        self.keeper.store(
            self._snapshot(),
            ["last", "best"] if unstored is not None and unstored.step == self.step else ["last"],
            self.last_values,
        )
        self.best.mark_stored()

    def _snapshot(self) -> Snapshot:
        """This moment, copied; nothing unread in it."""
        self._read_steps()
        setup = self.setup
        tensors, optimizer_state = optimizer_to_tensors(setup.optimizer)
        random_tensors, random_state = capture_random_states()
        state = {
            "batch": self.batch,
            "epoch_seconds": time.monotonic() - self.epoch_started if self.batch else 0.0,
            "values": self.last_values,
            "recent_losses": self.reporter.recent,
            "means": self.record.means.to_json(),
            "optimizer": {"type": self.config.optimizer.type, **optimizer_state},
            "schedule": setup.schedule.to_json() if setup.schedule else None,
            "random": random_state,
            "best": self.best.to_json(),
            "frozen": setup.arithmetic.to_json(),
        }
        return Snapshot(
            step=self.step,
            epoch=self.epoch,
            weights=copy_weights(self.network.state_dict()),
            tensors=tensors | random_tensors | self.record.tally_tensors(),
            state=state,
            best_weights=self.best.weights if self.best.step != self.step else None,
            documents={
                "graph.json": setup.job.graph,
                "encoders.json": setup.encoders,
                "config.json": self.config.to_json(),
            },
        )
