"""The train.py of a standalone project: the loop of `trainer.training.loop` with one run's settings written out."""

from typing import Final

from trainer.graph.layout import lay_out
from trainer.graph.literals import literal
from trainer.standalone import loss_text as loss
from trainer.standalone import optimizer_text as optimizer
from trainer.standalone import step_text as step
from trainer.standalone.facts import Facts
from trainer.standalone.head_text import head
from trainer.standalone.metric_text import can_be_none, new_metric, sign

CYCLE: Final = (
    "            if schedule.last_epoch < schedule.total_steps:  # a cycle shorter than the run stays at its end",
    "                schedule.step()",
)
FITTING: Final = (
    "def load_fitting(network: Network) -> None:",
    '    """Begin with the imported weights that fit by name and shape; the others stay as they were drawn."""',
    '    own, given = network.state_dict(), load_file(HERE / "initial.safetensors")',
    "    fitting = {name: tensor for name, tensor in given.items() if name in own and own[name].shape == tensor.shape}",
    "    network.load_state_dict(own | fitting)",
)
ORDER: Final = (
    "def epoch_order(num_rows: int, epoch: int) -> Tensor:",
    '    """The order of the training rows in one epoch, int64 [num_rows]."""',
    "    generator = torch.Generator()",
    "    generator.manual_seed((SEED * 1_000_003 + epoch) % 2**63)",
    "    return torch.randperm(num_rows, generator=generator)",
)
BLOCK_ORDER: Final = (
    "def epoch_order(num_rows: int, epoch: int) -> Tensor:",
    '    """The order of the training rows in one epoch, int64 [num_rows], shuffled in blocks."""',
    "    return torch.cat(list(shuffled_windows(num_rows, BLOCK_ROWS, seed=SEED, epoch=epoch)))",
)


def train_script(facts: Facts) -> str:
    """The text of train.py, formatted as `ruff format` would leave it."""
    balanced = [output for output in facts.ends.outputs if facts.settings.class_weights.get(output.name) == "balanced"]
    labels = [output for output in balanced if loss.weighs_yes(output)]
    groups, names = facts.makes_groups, facts.settings.rates or facts.settings.frozen
    parts = [
        head(facts),
        loss.loss_function(facts),
        *([loss.balance_function()] if len(balanced) > len(labels) else []),
        *([loss.balance_labels_function()] if labels else []),
        BLOCK_ORDER if facts.block_rows else ORDER,
        _evaluate_function(facts),
        loss.run_function(facts),
        *([FITTING] if facts.carried == "imported" else []),
        *([optimizer.parameters_function()] if names else []),
        *([optimizer.groups_function(facts)] if groups else []),
        *([optimizer.load_optimizer_function()] if facts.carried == "all" else []),
        *([step.backward_function(facts)] if facts.accumulates else []),
        step.update_function(facts),
        _main_function(facts),
        ['if __name__ == "__main__":', "    main()"],
    ]
    return "\n\n\n".join("\n".join(part) for part in parts) + "\n"


def _evaluate_function(facts: Facts) -> list[str]:
    graded = facts.graded is not None
    mean = 'total / split.num_rows if split.num_rows else float("nan")'
    told = "The mean loss over the rows of a split, the weights as they are."
    if graded:
        told = "The mean loss over the rows of a split and what the metric says of them, the weights as they are."
    return [
        f"def evaluate(network: Network, split: Split) -> {'tuple[float, float | None]' if graded else 'float'}:",
        f'    """{told}"""',
        "    network.eval()",
        *([f"    total, metric = 0.0, {new_metric(facts)}"] if graded else ["    total = 0.0"]),
        "    with torch.inference_mode():",
        "        for rows in torch.arange(split.num_rows, device=DEVICE).split(EVALUATION_ROWS):",
        "            inputs, targets = split.take(rows)",
        f"            total += len(rows) * run(network, inputs, targets{', metric' if graded else ''}).item()",
        "    network.train()",
        *([f"    loss = {mean}", "    return loss, metric.compute()"] if graded else [f"    return {mean}"]),
    ]


def _main_function(facts: Facts) -> list[str]:
    evaluated = "averaged.module" if facts.settings.averaging else "network"
    index = "[0]" if facts.graded else ""
    return [
        "def main() -> None:",
        *_beginning(facts),
        "    for epoch in range(EPOCHS):",
        *_epoch(facts),
        *_end_of_epoch(facts, evaluated),
        f"    print(f\"test loss {{evaluate({evaluated}, splits['test']){index}:.4f}}\")",
        f'    save_model({evaluated}, str(HERE / "weights.safetensors"))',
    ]


def _beginning(facts: Facts) -> list[str]:
    """What is there before the first step."""
    settings = facts.settings
    size = "BATCH_SIZE * ACCUMULATE" if facts.accumulates else "BATCH_SIZE"
    lines = [
        "    torch.set_num_threads(NUM_THREADS)",
        *_deterministic(facts),
        "    splits = read_splits(INPUTS, DEVICE)",
        '    train = splits["train"]',
        f"    batch_size = {'train.num_rows' if settings.batch_size == 'all' else f'min({size}, train.num_rows)'}",
        *_balanced_weights(facts),
        "    random.seed(SEED)",
        "    np.random.seed(SEED % 2**32)",
        "    torch.manual_seed(SEED)",
        f"    network = Network().to(DEVICE{_memory_format(facts)})",
    ]
    if facts.carried in ("weights", "all"):
        lines.append('    load_model(network, HERE / "initial.safetensors")')
    if facts.carried == "imported":
        lines.append("    load_fitting(network)")
    if settings.recompute == "blocks":
        lines.append("    recompute_blocks(network)")
    if settings.frozen:
        lines += [
            "    for node in FROZEN:",
            "        for parameter in parameters_of(network, node):",
            "            parameter.requires_grad_(False)",
        ]
    if settings.optimizer.type not in optimizer.SPLIT:
        lines.append("    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]")
    lines += lay_out(f"optimizer = {optimizer.optimizer(facts)}", 1)
    if facts.carried == "all":
        lines.append("    load_optimizer(optimizer)")
    for line in optimizer.schedule(facts):
        lines += lay_out(line, 1)
    if facts.scales:
        lines.append("    scaler = torch.amp.GradScaler(DEVICE)")
    if settings.averaging is not None:
        average = f"multi_avg_fn=get_ema_multi_avg_fn({literal(settings.averaging.decay)})"
        lines.append(f"    averaged = AveragedModel(network, {average}, use_buffers=True)")
    lines += _augmentation(facts)
    if _numbers_steps(facts):
        lines.append("    step = 0")
    if settings.early_stopping is not None:
        lines.append("    best, num_waited = None, 0")
    return lines


def _memory_format(facts: Facts) -> str:
    """How images lie, where that is not the plain way."""
    is_plain = facts.frozen.get("memory_format", "contiguous") == "contiguous"
    return "" if is_plain else ", memory_format=torch.channels_last"


def _deterministic(facts: Facts) -> list[str]:
    if not facts.settings.deterministic:
        return []
    on_gpu = facts.frozen["device"] != "cpu"
    return [
        *(['    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")'] if on_gpu else []),
        "    torch.use_deterministic_algorithms(True)",
    ]


def _balanced_weights(facts: Facts) -> list[str]:
    lines = []
    for output in facts.ends.outputs:
        if facts.settings.class_weights.get(output.name) == "balanced":
            targets = f'train.targets["{output.name}"]'
            num_classes = len(facts.encoders["outputs"][output.name].get("values", ())) or f"int({targets}.max()) + 1"
            made = f"balanced_yes({targets})" if loss.weighs_yes(output) else f"balanced({targets}, {num_classes})"
            lines += lay_out(f'CLASS_WEIGHTS["{output.name}"] = {made}', 1)
    return lines


def _augments(facts: Facts) -> dict[str, bool | float]:
    """What the run changes of its images, and how far."""
    settings = facts.settings.augmentation
    given = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
    return {name: value for name, value in given.items() if value}


def _augmentation(facts: Facts) -> list[str]:
    changes = _augments(facts)
    if not changes:
        return []
    inputs = facts.encoders["inputs"]
    places = [place for place, node in enumerate(facts.ends.inputs) if inputs[node.name]["type"] == "image"]
    written = "".join(f", {name}={literal(value)}" for name, value in changes.items())
    return lay_out(f"augmentation = Augmentation({places}, SEED, DEVICE{written})", 1)


def _numbers_steps(facts: Facts) -> bool:
    return bool(_augments(facts)) or facts.num_steps is not None


def _epoch(facts: Facts) -> list[str]:
    """The steps of one epoch."""
    every = facts.settings.schedule.every if facts.settings.schedule else None
    cycle, augments, ends = facts.has_schedule("OneCycleLR"), bool(_augments(facts)), facts.num_steps is not None
    graded = step.counts_steps(facts)
    scaler, metric = ", scaler" if facts.scales else "", ", metric" if graded else ""
    given = "inputs, targets" if augments else "*train.take(rows)"
    return [
        "        network.train()",
        "        total = 0.0",
        *(["        num_rows = 0"] if ends else []),
        *([f"        metric = {new_metric(facts)}"] if graded else []),
        "        for rows in epoch_order(train.num_rows, epoch).to(DEVICE).split(batch_size):",
        *(["            step += 1"] if _numbers_steps(facts) else []),
        *(["            inputs, targets = train.take(rows)"] if augments else []),
        *(["            inputs = augmentation(inputs, step=step)"] if augments else []),
        f"            total += len(rows) * update(network, optimizer{scaler}, {given}{metric})",
        *(["            num_rows += len(rows)"] if ends else []),
        *(["            averaged.update_parameters(network)"] if facts.settings.averaging else []),
        *(["            schedule.step()"] if every == "step" and not cycle else []),
        *(CYCLE if cycle else []),
        *(["            if step == STEPS:", "                break"] if ends else []),
    ]


def _end_of_epoch(facts: Facts, evaluated: str) -> list[str]:
    """What follows the steps of an epoch, to where the next may not come."""
    every = facts.settings.schedule.every if facts.settings.schedule else None
    plateau, early = facts.has_schedule("ReduceLROnPlateau"), facts.settings.early_stopping
    ends = facts.num_steps is not None
    train = "total / num_rows" if ends else "total / train.num_rows"
    deciding = "val" if facts.has_val else train
    lines = [
        *(["        schedule.step()"] if every == "epoch" and not plateau else []),
        *([_validation(facts, evaluated)] if facts.has_val else []),
        *([f"        schedule.step({deciding})"] if plateau else []),
        f'        print(f"epoch {{epoch + 1}}  train loss {{{train}:.4f}}'
        f'{"  val loss {val:.4f}" if facts.has_val else ""}", flush=True)',
    ]
    if early is not None:
        lines += [
            *_score(facts, deciding),
            f"        if best is None or score > {_beaten(facts, early.min_delta)}:",
            "            best, num_waited = score, 0",
            "        else:",
            "            num_waited += 1",
        ]
    over = [*(["step == STEPS"] if ends else []), *(["num_waited == PATIENCE"] if early else [])]
    return [*lines, *([f"        if {' or '.join(over)}:", "            break"] if over else [])]


def _validation(facts: Facts, evaluated: str) -> str:
    return f'        val{", value" if facts.graded else ""} = evaluate({evaluated}, splits["val"])'


def _score(facts: Facts, deciding: str) -> list[str]:
    """What early stopping goes by, higher being better: the metric, and the loss where that is equal."""
    loss_of_it = f"-{deciding}" if deciding == "val" else f"-({deciding})"
    if facts.graded is None:
        return [f"        score = {loss_of_it}"]
    lines = [] if facts.has_val else ["        value = metric.compute()"]
    both = f"({sign(facts)}value, {loss_of_it})"
    if can_be_none(facts):
        return [*lines, f"        score = ({loss_of_it},) if value is None else {both}"]
    return [*lines, f"        score = {both}"]


def _beaten(facts: Facts, min_delta: float) -> str:
    """What a score must be above to count as better."""
    if not min_delta:
        return "best"
    more = f" + {literal(min_delta)}"
    return f"best{more}" if facts.graded is None else f"(best[0]{more}, *best[1:])"
