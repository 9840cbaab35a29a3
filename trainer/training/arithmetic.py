"""What changes the arithmetic of a run: the first start freezes it, a later one takes it over or says what it lacks."""

import os
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import torch

from trainer.methods.catalogue import OPTIMIZERS
from trainer.training.config import RunConfig


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`block_rows` is the number of rows in each of the blocks that are shuffled, 0 where rows are one by one."""

    num_threads: int
    device: str
    precision: str
    memory_format: str
    fused: bool
    deterministic: bool
    torch_version: str
    cpu_capability: str
    block_rows: int = 0
    processes: int = 1

    @classmethod
    def choose(cls, config: RunConfig, *, num_threads: int, processes: int = 1) -> Self:
        """What a run that starts here and now computes with; the threads are shared out among its processes here."""
        is_sharded = config.parallel is not None and config.parallel.kind == "sharded"
        machines = config.parallel.machines if config.parallel else 1
        device = config.device
        if device == "auto" or (device == "cuda" and not torch.cuda.is_available()):
            device = "cuda" if torch.cuda.is_available() else "cpu"
        return cls(
            num_threads=max(1, num_threads * machines // processes),
            device=device,
            precision=_own_precision(device) if config.precision == "auto" else config.precision,
            memory_format="contiguous",
            fused=OPTIMIZERS[config.optimizer.type].has_fused and not is_sharded,
            deterministic=config.deterministic,
            torch_version=str(torch.__version__),
            cpu_capability=torch.backends.cpu.get_cpu_capability(),
            processes=processes,
        )

    @classmethod
    def take_over(cls, frozen: dict[str, Any], *, processes: int = 1) -> tuple[Self, list[str]]:
        """What `frozen` asks for as far as this machine has it, and what differs ("device: cpu, not cuda")."""
        wanted = cls(**{name: value for name, value in frozen.items() if name != "exact"})
        here = replace(
            wanted,
            device=wanted.device if wanted.device == "cpu" or torch.cuda.is_available() else "cpu",
            torch_version=str(torch.__version__),
            cpu_capability=torch.backends.cpu.get_cpu_capability(),
            processes=processes,
        )
        before = asdict(wanted)
        differences = [
            f"{name}: {value}, not {before[name]}" for name, value in asdict(here).items() if value != before[name]
        ]
        if here.device == "cuda" and not here.deterministic:
            differences.append("device: cuda adds in no fixed order")
        return here, differences

    def apply(self) -> None:
        """Before anything is computed: on a GPU, what is deterministic must be chosen when it is first used."""
        torch.set_num_threads(self.num_threads)
        if self.deterministic:
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
            torch.use_deterministic_algorithms(True)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def _own_precision(device: str) -> str:
    """bfloat16 where a GPU computes in it, rather than imitates it."""
    has_bfloat16 = device == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bfloat16" if has_bfloat16 else "float32"
