"""The head of train.py: what it imports, and the settings of the run as constants."""

from typing import Final

from trainer.graph.layout import lay_out
from trainer.graph.literals import literal
from trainer.standalone.facts import Facts, is_plain_loss
from trainer.standalone.loss_text import weighs_yes
from trainer.standalone.metric_text import metric_imports, needs_reader
from trainer.standalone.optimizer_text import SPLIT, base_rate
from trainer.training.config import AugmentationConfig

SAFETENSORS = {
    "nothing": "save_model",
    "weights": "load_model, save_model",
    "all": "load_file, load_model, save_model",
    "imported": "load_file, save_model",
}
SHARED: Final = "# The run was shared out among several processes; one makes the same steps, on the same batches."


def head(facts: Facts) -> list[str]:
    """The lines before the first function."""
    return [
        '"""Trains the network in model.py as it trained in Layerloom: the same rows, order and steps."""',
        "",
        *_standard_imports(facts),
        "",
        "import numpy as np",
        "import torch",
        f"from safetensors.torch import {SAFETENSORS[facts.carried]}",
        f"from torch import Tensor{', nn' if _needs_nn(facts) else ''}",
        *(
            ["from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn"]
            if facts.settings.averaging
            else []
        ),
        "",
        *_own_imports(facts),
        "",
        *_constants(facts),
    ]


def _standard_imports(facts: Facts) -> list[str]:
    split = facts.settings.optimizer.type in SPLIT
    on_gpu = facts.frozen["device"] != "cpu"
    return [
        *(["import json"] if facts.carried == "all" else []),
        *(["import math"] if facts.has_schedule("LambdaLR") else []),
        *(["import os"] if facts.settings.deterministic and on_gpu else []),
        "import random",
        *(["from collections.abc import Sequence"] if facts.makes_groups else []),
        *(["from functools import partial"] if facts.settings.rates and split else []),
        "from pathlib import Path",
    ]


def _own_imports(facts: Facts) -> list[str]:
    """What lies beside train.py, by the names of the modules."""
    split, graded = SPLIT.get(facts.settings.optimizer.type), facts.graded
    losses = [
        *(["build_loss"] if not all(is_plain_loss(output) for output in facts.ends.outputs) else []),
        *(["reader"] if graded and needs_reader(graded[0]) else []),
    ]
    lines = [
        *(["from augmentation import Augmentation"] if facts.settings.augmentation != AugmentationConfig() else []),
        "from data import Split, read_splits",
        *(["from epoch_order import shuffled_windows"] if facts.block_rows else []),
        *([f"from losses import {', '.join(losses)}"] if losses else []),
        "from model import Network",
        *(["from recompute import recompute_blocks"] if facts.settings.recompute == "blocks" else []),
        *([f"from split_optimizer import {split}"] if split else []),
        *metric_imports(facts),
    ]
    return sorted(lines)


def _needs_nn(facts: Facts) -> bool:
    gradients = facts.settings.gradients
    clips = gradients.clip_norm is not None or gradients.clip_value is not None
    named = facts.makes_groups or facts.settings.frozen
    return bool(clips or named or any(is_plain_loss(output) for output in facts.ends.outputs))


def _constants(facts: Facts) -> list[str]:
    settings, early = facts.settings, facts.settings.early_stopping
    inputs = ", ".join(f'"{node.name}"' for node in facts.ends.inputs)
    nodes = ", ".join(literal(name) for name in settings.frozen)
    rates = ", ".join(f"{literal(name)}: {literal(rate)}" for name, rate in settings.rates.items())
    return [
        f"EPOCHS = {settings.epochs}",
        *([f"STEPS = {facts.num_steps}  # by then the time that the run had was over"] if facts.num_steps else []),
        *([SHARED] if settings.parallel else []),
        *([f"BATCH_SIZE = {settings.batch_size}"] if settings.batch_size != "all" else []),
        *([f"ACCUMULATE = {settings.gradients.accumulate}"] if facts.accumulates else []),
        *([f"RATE = {literal(base_rate(facts))}"] if settings.rates else []),
        *(lay_out(f"RATES = {{{rates}}}", 0) if settings.rates else []),
        *(lay_out(f"FROZEN = [{nodes}]", 0) if settings.frozen else []),
        *([f"PATIENCE = {early.patience}"] if early else []),
        f"SEED = {settings.seed}",
        *([f"BLOCK_ROWS = {facts.block_rows}"] if facts.block_rows else []),
        f"NUM_THREADS = {facts.frozen['num_threads']}",
        f'DEVICE = "{facts.frozen["device"]}"',
        *lay_out(f"INPUTS = [{inputs}]", 0),
        *_class_weights(facts),
        f"EVALUATION_ROWS = {facts.evaluation_rows}",
        "HERE = Path(__file__).parent",
    ]


def _class_weights(facts: Facts) -> list[str]:
    """The weights that a person gave; those that make classes equal are found on the training rows."""
    weights = facts.settings.class_weights
    if not weights:
        return []
    given = []
    for output in facts.ends.outputs:
        numbers = weights.get(output.name, "balanced")
        if numbers == "balanced":
            continue
        written = f"[{', '.join(literal(number) for number in numbers)}]"
        if weighs_yes(output):
            written = literal(numbers[1] / numbers[0] if numbers[0] else numbers[1])
        given.append(f'"{output.name}": torch.tensor({written}, device=DEVICE)')
    if not given:
        return ["CLASS_WEIGHTS: dict[str, Tensor] = {}  # found on the training rows before the first step"]
    return lay_out(f"CLASS_WEIGHTS = {{{', '.join(given)}}}", 0)
