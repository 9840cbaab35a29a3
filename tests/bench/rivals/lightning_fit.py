"""Lightning's `Trainer.fit`: `python -m tests.bench.rivals.lightning_fit TASK`, a contender of `tests.bench.training`.

As its documentation writes it, with `self.log` of each step's loss. What takes time and is no training is off: progress
bar, summary of the model, logger, checkpoints. It waits between turns in a callback before the batch.
"""

from typing import Any

import lightning.pytorch as lightning
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from tests.bench.training_data import load_rows
from tests.bench.training_networks import by_hand
from tests.bench.turns import Turns, read_task


class Classifier(lightning.LightningModule):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        images, labels = batch
        loss = cross_entropy(self.network(images), labels)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


class TakeTurns(lightning.Callback):
    def __init__(self, turns: Turns) -> None:
        self.turns = turns

    def on_train_batch_start(self, trainer: lightning.Trainer, *_: Any) -> int | None:
        if self.turns.step():
            return None
        trainer.should_stop = True
        return -1  # leaves the rest of this epoch out


def main() -> None:
    task = read_task()
    torch.set_num_threads(1)
    images, labels = (torch.from_numpy(array) for array in load_rows(task["data"]))
    loader = DataLoader(TensorDataset(images, labels), batch_size=task["batch_size"], shuffle=True)
    trainer = lightning.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=-1,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[TakeTurns(Turns(task["num_steps"], version=lightning.__version__))],
    )
    trainer.fit(Classifier(by_hand(task["network"])), loader)


if __name__ == "__main__":
    main()
