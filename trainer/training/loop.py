"""The training loop, from the first step to the test.

B rows of a batch, N rows of a split. Everything a step needs lies in tensors on the device; what is told to the outside
is read from them a few times a second.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from trainer.errors import UserError
from trainer.graph.compile import CompiledGraph
from trainer.training.beginning import carried_notice
from trainer.training.best import Best
from trainer.training.checkpoint import Snapshot
from trainer.training.control import Control
from trainer.training.cuda_graph import replaying
from trainer.training.epoch_order import epoch_batches
from trainer.training.events import Event
from trainer.training.heads import compare_all
from trainer.training.keeper import CheckpointKeeper, NoKeeper
from trainer.training.limits import Limits
from trainer.training.parameter_groups import plain_rate
from trainer.training.patience import Patience
from trainer.training.record import Batch, Pass
from trainer.training.reporter import Reporter
from trainer.training.setup import Setup, Split
from trainer.training.storing import Storing
from trainer.training.update import Update

END_STATUS = {"pause": "paused", "cancel": "cancelled", "hand_back": "handed_back"}


class Stopped(Exception):
    """The outside asked for the end; `status` is what the run's end is called."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


class Training:
    """One run. Its position: `epoch` epochs and `batch` batches of this one are done, which were `step` updates."""

    def __init__(
        self, setup: Setup, emit: Callable[[Event], None], control: Control, keeper: CheckpointKeeper | NoKeeper
    ) -> None:
        self.setup = setup
        self.team = setup.team
        self.config = setup.job.config
        self.device = setup.arithmetic.device
        self.emit = emit
        self.control = control

        state = setup.resumed.state if setup.resumed else {}
        self.step = setup.resumed.step if setup.resumed else 0
        self.epoch = setup.resumed.epoch if setup.resumed else 0
        self.batch = state.get("batch", 0)
        self.epoch_seconds = state.get("epoch_seconds", 0.0)
        self.last_values: dict[str, float | None] = state.get("values", {})
        self.record = Pass(setup.heads, self.team.gather, means=state.get("means"))
        if setup.resumed:
            self.record.load_tallies(setup.resumed.tensors, self.device)
        self.rates: list[float] = []
        self.best = Best.resume(self.config.checkpoint.best_by, setup.heads, state.get("best"), setup.resumed)
        stopping = self.config.early_stopping
        self.patience = Patience(stopping, state.get("patience")) if stopping else None
        self.ended_by = "early_stopping" if self.patience and self.patience.is_over else None
        self.limits = Limits(self.config.limits, device=self.device, seconds=state.get("seconds", 0.0))
        self.keeper = keeper
        stored_step = self.step if setup.resumed else -1
        self.storing = Storing(self.config.checkpoint, self.keeper, self.best, stored_step=stored_step)
        self.reporter = Reporter(emit, step=self.step, recent=state.get("recent_losses", []))
        self.pace = self.team.pace(control, self.reporter)
        self.update = Update(
            lambda inputs, targets: self._forward(setup.compiled, inputs, targets),
            setup.optimizer,
            self.config.gradients,
            setup.precision,
            self.team,
            rows_at_once=setup.rows_at_once,
            after_step=[setup.average.after_step] if setup.average else [],
            replaying=replaying(setup),
        )

    # -- the course of a run

    def run(self) -> dict[str, Any]:
        """Train to the end, or to where the outside asks to stop. Returns the `end` event."""
        try:
            self._announce()
            while self.epoch < self.config.epochs and self.ended_by is None:
                self._train_epoch()
                self._finish_epoch()
            self._store()
            if self.ended_by is not None:
                self._tell(UserError(f"training.ended_by_{self.ended_by}", epoch=self.epoch), level="info")
            return {"type": "end", "status": "succeeded", "test": self._test(), "ended_by": self.ended_by}
        except Stopped as stopped:
            return {"type": "end", "status": stopped.status, "test": None}
        finally:
            self.keeper.close()

    def _train_epoch(self) -> None:
        setup, train, groups = self.setup, self.setup.splits["train"], self.setup.optimizer.param_groups
        batches = epoch_batches(
            train.num_rows,
            setup.batch_size,
            seed=self.config.seed,
            epoch=self.epoch,
            block_rows=setup.arithmetic.block_rows,
            first=self.batch,
            device=train.device,
        )
        team, pace, record, augment = self.team, self.pace, self.record, setup.augmentation
        setup.compiled.network.train()
        self.epoch_started = time.monotonic() - self.epoch_seconds
        for inputs, targets in train.batches(map(team.own, batches)):  # [b, ...] each
            num_rows = min(setup.batch_size, train.num_rows - self.batch * setup.batch_size)
            if augment is not None:
                inputs = augment(inputs, step=self.step + 1, first=team.span(0, num_rows)[0], num_rows=num_rows)
            batch = self.update(inputs, targets, num_rows=num_rows, step=self.step + 1)
            self.rates.append(plain_rate(groups[0]))
            if setup.schedule is not None:
                setup.schedule.after_step()
            record.add(batch)
            self.step += 1
            self.batch += 1
            if pace.is_due(self.step) or record.is_full or self.storing.is_due_at(self.step):
                self._between_steps()
                if self.ended_by is not None:
                    break

    def _finish_epoch(self) -> None:
        self._read_steps()
        train_values = self.record.compute()
        val = self._evaluate(self.setup.splits["val"])
        scores = val or train_values
        if self.setup.schedule is not None:
            loss = scores["loss"]
            assert loss is not None
            self.setup.schedule.after_epoch(loss)
        self.epoch += 1
        self.batch = 0
        self.record = Pass(self.setup.heads, self.team.gather)
        values = {f"train/{name}": value for name, value in train_values.items()}
        values |= {f"val/{name}": value for name, value in val.items()}
        seconds = time.monotonic() - self.epoch_started
        self.epoch_seconds = 0.0
        self.last_values = values
        self.reporter.add_epoch(
            {
                "type": "epoch",
                "epoch": self.epoch,
                "step": self.step,
                "values": values,
                "seconds": seconds,
                "memory_bytes": self.limits.memory_bytes,
            }
        )
        if self.best.offer(scores, step=self.step, values=values):
            self.best.keep(self._snapshot())
        if self.patience is not None:
            self.patience.offer(self.best.rank(scores))
            if self.patience.is_over:
                self.ended_by = "early_stopping"
        if self.reporter.is_due():
            self.reporter.send()
        is_time_over, request, is_due = self.team.agree(
            (
                self.limits.is_time_over,
                self.control.requested,
                self.storing.is_due_after_epoch(self.step, self.epoch),
            )
        )
        if is_time_over:
            self.ended_by = "time"
        if request is not None:
            self._stop(request, epoch_ended=True)
        if is_due:
            self._store(epoch_ended=True)

    def _between_steps(self) -> None:
        """Report; store and stop where that is due or asked for. The end of an epoch is left to its finish."""
        self._read_steps()
        if self.reporter.is_due():
            self.reporter.send()
        if self.batch == self.setup.steps_per_epoch:
            return
        is_time_over, request, is_due = self.team.agree(
            (self.limits.is_time_over, self.control.requested, self.storing.is_due_within_epoch(self.step))
        )
        if request is not None:
            self._stop(request)
        self.limits.check_memory()
        if is_time_over:
            self.ended_by = "time"
        elif is_due:
            self._store()

    def _stop(self, request: str, *, epoch_ended: bool = False) -> None:
        if request != "cancel":
            self._store(epoch_ended=epoch_ended)
            self.storing.wait()
        self.reporter.send()
        raise Stopped(END_STATUS[request])

    # -- loss and evaluation

    def _forward(self, compiled: CompiledGraph, inputs: Sequence[Tensor], targets: Sequence[Tensor]) -> Batch:
        """What a network makes of a batch; the loss is that of all heads, by their weights."""
        with self.setup.precision.autocast():
            results = compiled.run(*inputs)  # [B, ...] each
            total, compared = compare_all(self.setup.heads, results, targets)
        return Batch(len(inputs[0]), total, compared)

    def _evaluate(self, split: Split) -> dict[str, float | None]:
        """The values of a whole split by name, {} where it has no rows; the network's weights as they are."""
        if not split.num_rows:
            return {}
        team, record, compiled = self.team, Pass(self.setup.heads, self.team.gather), self.setup.evaluated
        forward = partial(self._forward, compiled)
        compiled.network.eval()
        with torch.inference_mode():
            for start in range(0, split.num_rows, self.setup.evaluated_at_once):
                stop = min(start + self.setup.evaluated_at_once, split.num_rows)
                inputs, targets = split.slice(*team.span(start, stop))
                num_rows = stop - start
                record.add(*team.parts(forward, inputs, targets, num_rows=num_rows, at_once=num_rows))
                if record.is_full:
                    record.read()
                if team.agree(self.control.requested) == "cancel":
                    raise Stopped("cancelled")
            if record.num_unread:
                record.read()
            values = record.compute()
        compiled.network.train()
        return values

    def _test(self) -> dict[str, Any] | None:
        """What the best weights reach on the test split, which nothing was chosen by."""
        self.storing.wait()
        if self.best.weights is not None:
            self.team.load(self.setup.evaluated.network, self.best.weights)
        values = self._evaluate(self.setup.splits["test"])
        return {**values, "weights": "best", "step": self.best.step} if values else None

    # -- telling and storing

    def _announce(self) -> None:
        setup = self.setup
        self.emit(
            {
                "type": "started",
                "frozen": setup.arithmetic.to_json(),
                "exact": not setup.differences,
                "step": self.step,
                "num_steps": self.config.epochs * setup.steps_per_epoch,
                "steps_per_epoch": setup.steps_per_epoch,
                "num_parameters": setup.num_parameters,
                "carried": setup.carried.to_json() if setup.carried else None,
            }
        )
        for notice in setup.notices:
            self._tell(notice, level="info")
        if setup.carried is not None:
            self._tell(carried_notice(setup.carried), level="info")
        if setup.differences:
            self._tell(UserError("training.not_exact", differences="; ".join(setup.differences)), level="warning")

    def _tell(self, notice: UserError, *, level: str) -> None:
        words = {"code": notice.code, "fields": notice.fields, "message": notice.message()}
        self.emit({"type": "log", "level": level, **words})

    def _read_steps(self) -> None:
        """Take what the steps left in tensors. Raises UserError where a loss is no number."""
        if self.record.num_unread:
            first = self.reporter.next_step
            for place, norm in self.record.gradient_norms():
                self.reporter.add_sample("gradient_norm", first + place, norm)
            values = {f"train/{name}": numbers for name, numbers in self.record.read().items()}
            rates, self.rates = self.rates, []
            self.reporter.add_steps({**values, "rate": rates})

    def _store(self, *, epoch_ended: bool = False) -> None:
        self.reporter.send()
        self.storing.store(self.step, self.last_values, self._snapshot, ended=self.epoch if epoch_ended else None)

    def _snapshot(self) -> Snapshot:
        """This moment, copied; nothing unread in it."""
        self._read_steps()
        setup = self.setup
        tensors, optimizer_state = self.team.copy_optimizer(setup.optimizer)
        random_tensors, random_state = self.team.copy_random_states()
        averaging = self.team.copy(setup.average.tensors()) if setup.average else {}
        state = {
            "batch": self.batch,
            "seconds": self.limits.seconds,
            "epoch_seconds": time.monotonic() - self.epoch_started if self.batch else 0.0,
            "values": self.last_values,
            "recent_losses": self.reporter.recent,
            "means": self.record.means.to_json(),
            "optimizer": {"type": self.config.optimizer.type, **optimizer_state},
            "schedule": setup.schedule.to_json() if setup.schedule else None,
            "scaler": setup.precision.to_json(),
            "patience": self.patience.to_json() if self.patience else None,
            "random": random_state,
            "best": self.best.to_json(),
            "frozen": setup.arithmetic.to_json(),
        }
        return Snapshot(
            step=self.step,
            epoch=self.epoch,
            weights=self.team.copy(setup.evaluated.network.state_dict()),
            tensors=tensors | random_tensors | averaging | self.record.tally_tensors(),
            state=state,
            best_weights=self.best.weights if self.best.step != self.step else None,
            documents={
                "graph.json": setup.job.graph,
                "encoders.json": setup.encoders,
                "config.json": self.config.to_json(),
            },
        )
