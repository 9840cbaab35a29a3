"""The train.py of a standalone project: the loop of `trainer.training.loop` with one run's settings written out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from trainer.errors import UserError
from trainer.graph.document import parse_document
from trainer.graph.layout import lay_out
from trainer.graph.literals import literal
from trainer.graph.order import construction_order, useful_nodes
from trainer.graph.parts import Document, Node
from trainer.graph.wiring import input_ports
from trainer.training.catalogue import LOSSES
from trainer.training.config import RunConfig, parse_config

Carried = Literal["nothing", "weights", "all"]
SPLIT: Final = {"Muon": "split_muon", "SparseAdam": "split_sparse_adam"}
RATES: Final = {"inverse_sqrt": "1 / math.sqrt(1 + time)", "inverse_time": "1 / (1 + time)"}
WHOLE_RUN: Final = {"CosineAnnealingLR": "T_max", "OneCycleLR": "total_steps"}
CYCLE: Final = (
    "            if schedule.last_epoch < schedule.total_steps:  # a cycle shorter than the run stays at its end",
    "                schedule.step()",
)
UNWRITTEN: Final = (
    "decay",
    "frozen",
    "rates",
    "gradients",
    "averaging",
    "early_stopping",
    "augmentation",
    "deterministic",
    "class_weights",
)
PLATEAU: Final = ('        schedule.step(val if splits["val"].num_rows else total / train.num_rows)',)
NAMES_OF_COMPUTE_LOSS: Final = ("results", "inputs", "targets", "build_loss")
PLAIN_LOSSES: Final = frozenset(
    {"CrossEntropyLoss", "BCEWithLogitsLoss", "MSELoss", "L1Loss", "HuberLoss", "SmoothL1Loss", "NLLLoss", "BCELoss"}
)


@dataclass(frozen=True)
class Ends:
    """The Inputs of a network in the order it takes them, its Outputs in the order it gives them."""

    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    wired: Mapping[str, frozenset[str]]  # Output id -> its input ports that something reaches

    @classmethod
    def of(cls, document: Document) -> "Ends":
        nodes = {node.id: node for node in document.nodes}
        outputs = [node.id for node in document.nodes if node.type == "Output"]
        useful = useful_nodes(document.graph, outputs)
        order = [nodes[node_id] for node_id in construction_order(document.graph) if node_id in useful]
        wired: dict[str, set[str]] = {node_id: set() for node_id in outputs}
        for edge in document.edges:
            if edge.target in wired:
                wired[edge.target].add(edge.target_port)
        return cls(
            inputs=tuple(node for node in order if node.type == "Input"),
            outputs=tuple(node for node in order if node.type == "Output"),
            wired={node_id: frozenset(ports) for node_id, ports in wired.items()},
        )

    def results(self, output: Node) -> list[str]:
        """The ports of `output` whose tensors the network returns, in order."""
        return [port.name for port in input_ports(output, {}) if port.name in self.wired[output.id]]

    @cached_property
    def variables(self) -> dict[tuple[str, str], str]:
        """The variable of each result by Output and port, and of its loss under "loss": each has a name of its own."""
        taken = set(NAMES_OF_COMPUTE_LOSS)
        names: dict[tuple[str, str], str] = {}
        for output in self.outputs:
            for port in (*self.results(output), "loss"):
                name = output.name if port == "input" else f"{output.name}_{port}"
                while name in taken:
                    name += "_"
                taken.add(name)
                names[output.id, port] = name
        return names


def train_script(
    graph: Mapping[str, Any], config: Mapping[str, Any], frozen: Mapping[str, Any], *, carried: Carried = "nothing"
) -> str:
    """The text of train.py, formatted as `ruff format` would leave it.

    `carried` is what the run took over from another: its weights, or all, the optimizer with them.
    """
    settings, ends = parse_config(config), Ends.of(parse_document(graph))
    _refuse_unwritten(settings)
    own_losses = any(node.params["loss"]["type"] not in PLAIN_LOSSES for node in ends.outputs)
    parts = [
        _head(settings, frozen, ends, own_losses=own_losses, carried=carried),
        _loss_function(ends, settings.loss_weights),
        _order_function(),
        _evaluate_function(frozen),
        *([_load_optimizer_function()] if carried == "all" else []),
        _update_function(settings),
        _main_function(settings, frozen, carried=carried),
        ['if __name__ == "__main__":', "    main()"],
    ]
    return "\n\n\n".join("\n".join(part) for part in parts) + "\n"


def _refuse_unwritten(settings: RunConfig) -> None:
    """Raises UserError `training.not_standalone` for settings that train.py does not follow."""
    plain = RunConfig()
    changed = [name for name in UNWRITTEN if getattr(settings, name) != getattr(plain, name)]
    changed += ["precision"] if settings.precision == "float16" else []
    if changed:
        raise UserError("training.not_standalone", status=409, settings=", ".join(changed))


def _head(
    settings: RunConfig, frozen: Mapping[str, Any], ends: Ends, *, own_losses: bool, carried: Carried
) -> list[str]:
    batch_size = '"all"' if settings.batch_size == "all" else str(settings.batch_size)
    split = SPLIT.get(settings.optimizer.type)
    plain = any(node.params["loss"]["type"] in PLAIN_LOSSES for node in ends.outputs)
    files = {"nothing": "save_model", "weights": "load_model, save_model", "all": "load_file, load_model, save_model"}
    inputs = ", ".join(f'"{node.name}"' for node in ends.inputs)
    return [
        '"""Trains the network in model.py as it trained in Layerloom: the same rows, order and steps."""',
        "",
        *(["import json"] if carried == "all" else []),
        *(["import math"] if _is_schedule(settings, "LambdaLR") else []),
        "import random",
        "from pathlib import Path",
        "",
        "import numpy as np",
        "import torch",
        f"from safetensors.torch import {files[carried]}",
        f"from torch import Tensor{', nn' if plain else ''}",
        "",
        "from data import Split, read_splits",
        *(["from losses import build_loss"] if own_losses else []),
        "from model import Network",
        *([f"from split_optimizer import {split}"] if split else []),
        "",
        f"EPOCHS = {settings.epochs}",
        f"BATCH_SIZE = {batch_size}",
        f"SEED = {settings.seed}",
        f"NUM_THREADS = {frozen['num_threads']}",
        f'DEVICE = "{frozen["device"]}"',
        *lay_out(f"INPUTS = [{inputs}]", 0),
        "EVALUATION_ROWS = 1024",
        "HERE = Path(__file__).parent",
    ]


def _loss_function(ends: Ends, weights: Mapping[str, float]) -> list[str]:
    names = [ends.variables[output.id, port] for output in ends.outputs for port in ends.results(output)]
    given = f"{', '.join(names)}{',' if len(names) == 1 else ''}"
    lines = [
        "def compute_loss(results: tuple[Tensor, ...], inputs: list[Tensor], targets: dict[str, Tensor]) -> Tensor:",
        '    """The loss of a batch over all outputs, from what the network returned."""',
        *lay_out(f"{given} = results", 1),
    ]
    totals = []
    for output in ends.outputs:
        arguments = [ends.variables[output.id, port] for port in ends.results(output) if port != "target"]
        loss = LOSSES[output.params["loss"]["type"]]
        if loss.target:
            arguments.append(_target(output, ends, arguments))
            if output.params.get("target") == "next_token":
                arguments[0] = f"{arguments[0]}[:, :-1].movedim(-1, 1)"
        weight = weights.get(output.name, output.params.get("loss_weight", 1.0))
        factor = "" if weight == 1 else f" * {literal(float(weight))}"
        totals.append(ends.variables[output.id, "loss"])
        lines += lay_out(f"{totals[-1]} = {_loss(output)}({', '.join(arguments)}){factor}", 1)
    return [*lines, *lay_out(f"return {' + '.join(totals)}", 1)]


def _loss(output: Node) -> str:
    entry = output.params["loss"]
    params = entry.get("params") or {}
    if entry["type"] in PLAIN_LOSSES:
        return f"nn.{entry['type']}({', '.join(f'{name}={literal(value)}' for name, value in params.items())})"
    written = ", ".join(f'"{name}": {literal(value)}' for name, value in params.items())
    return f'build_loss("{entry["type"]}", {{{written}}})'


def _target(output: Node, ends: Ends, arguments: Sequence[str]) -> str:
    """The target of an Output in the form its loss takes: from a column, a wire, or the next of its tokens."""
    first = arguments[0]
    if output.params.get("target") == "next_token":
        (tokens,) = (place for place, node in enumerate(ends.inputs) if _holds_tokens(node))
        return f"inputs[{tokens}][:, 1:]"
    wired = "target" in ends.wired[output.id]
    target = f"{ends.variables[output.id, 'target']}.detach()" if wired else f'targets["{output.name}"]'
    match LOSSES[output.params["loss"]["type"]].target_kind:
        case "tokens":
            return target
        case "class":
            return f"{target}.reshape({first}.shape[:1] + {first}.shape[2:])"
        case "pair_sign":
            return f"{target}.reshape({first}.shape[:1])"
        case _:
            return f"{target}.reshape({first}.shape)"


def _holds_tokens(node: Node) -> bool:
    return node.params.get("dtype") == "int64" and len(node.params.get("shape") or ()) == 1


def _order_function() -> list[str]:
    return [
        "def epoch_order(num_rows: int, epoch: int) -> Tensor:",
        '    """The order of the training rows in one epoch, int64 [num_rows]."""',
        "    generator = torch.Generator()",
        "    generator.manual_seed((SEED * 1_000_003 + epoch) % 2**63)",
        "    return torch.randperm(num_rows, generator=generator)",
    ]


def _evaluate_function(frozen: Mapping[str, Any]) -> list[str]:
    return [
        "def evaluate(network: Network, split: Split) -> float:",
        '    """The mean loss over the rows of a split, the weights as they are."""',
        "    network.eval()",
        "    total = 0.0",
        "    with torch.inference_mode():",
        "        for rows in torch.arange(split.num_rows, device=DEVICE).split(EVALUATION_ROWS):",
        "            inputs, targets = split.take(rows)",
        "            total += len(rows) * run(network, inputs, targets).item()",
        "    network.train()",
        '    return total / split.num_rows if split.num_rows else float("nan")',
        "",
        "",
        "def run(network: Network, inputs: list[Tensor], targets: dict[str, Tensor]) -> Tensor:",
        '    """The loss of one batch."""',
        *_forward(frozen),
    ]


def _forward(frozen: Mapping[str, Any]) -> list[str]:
    lines = [
        "results = network(*inputs)",
        "return compute_loss(results if isinstance(results, tuple) else (results,), inputs, targets)",
    ]
    if frozen["precision"] == "float32":
        return [f"    {line}" for line in lines]
    return ["    with torch.autocast(DEVICE, dtype=torch.bfloat16):", *[f"        {line}" for line in lines]]


def _load_optimizer_function() -> list[str]:
    return [
        "def load_optimizer(optimizer: torch.optim.Optimizer) -> None:",
        '    """Go on with the running means of the run before, under the settings of this one."""',
        '    tensors = load_file(HERE / "initial_state.safetensors")',
        '    packed = json.loads((HERE / "initial_state.json").read_text(encoding="utf-8"))',
        "",
        "    def unpack(value):",
        "        if isinstance(value, list):",
        "            return [unpack(entry) for entry in value]",
        '        return tensors[value["tensor"]] if isinstance(value, dict) else value',
        "",
        "    state = {}",
        "    for index, values in packed.items():",
        "        state[int(index)] = {name: unpack(value) for name, value in values.items()}",
        "",
        '    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})',
    ]


def _update_function(settings: RunConfig) -> list[str]:
    head = "def update(network: Network, optimizer: torch.optim.Optimizer, inputs, targets) -> float:"
    if settings.optimizer.type != "LBFGS":
        return [
            head,
            '    """One step of the optimizer; the loss before it."""',
            "    loss = run(network, inputs, targets)",
            "    loss.backward()",
            "    optimizer.step()",
            "    optimizer.zero_grad()",
            "    return loss.item()",
        ]
    return [
        head,
        '    """One step of the optimizer, which looks at the batch several times; the loss before it."""',
        "    losses: list[float] = []",
        "",
        "    def look() -> Tensor:",
        "        optimizer.zero_grad()",
        "        loss = run(network, inputs, targets)",
        "        loss.backward()",
        "        losses.append(loss.item())",
        "        return loss",
        "",
        "    optimizer.step(look)",
        "    optimizer.zero_grad()",
        "    return losses[0]",
    ]


def _main_function(settings: RunConfig, frozen: Mapping[str, Any], *, carried: Carried) -> list[str]:
    every = settings.schedule.every if settings.schedule else None
    cycle, plateau = _is_schedule(settings, "OneCycleLR"), _is_schedule(settings, "ReduceLROnPlateau")
    lines = [
        "def main() -> None:",
        "    torch.set_num_threads(NUM_THREADS)",
        "    splits = read_splits(INPUTS, DEVICE)",
        '    train = splits["train"]',
        '    batch_size = train.num_rows if BATCH_SIZE == "all" else min(BATCH_SIZE, train.num_rows)',
        "    random.seed(SEED)",
        "    np.random.seed(SEED % 2**32)",
        "    torch.manual_seed(SEED)",
        "    network = Network().to(DEVICE)",
    ]
    if carried != "nothing":
        lines.append('    load_model(network, HERE / "initial.safetensors")')
    if settings.optimizer.type not in SPLIT:
        lines.append("    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]")
    lines += lay_out(f"optimizer = {_optimizer(settings, frozen)}", 1)
    if carried == "all":
        lines.append("    load_optimizer(optimizer)")
    for line in _schedule(settings):
        lines += lay_out(line, 1)
    lines += [
        "    for epoch in range(EPOCHS):",
        "        network.train()",
        "        total = 0.0",
        "        for rows in epoch_order(train.num_rows, epoch).to(DEVICE).split(batch_size):",
        "            total += len(rows) * update(network, optimizer, *train.take(rows))",
        *(["            schedule.step()"] if every == "step" and not cycle else []),
        *(CYCLE if cycle else []),
        *(["        schedule.step()"] if every == "epoch" and not plateau else []),
        '        val = evaluate(network, splits["val"])',
        *(PLATEAU if plateau else []),
        '        print(f"epoch {epoch + 1}  train loss {total / train.num_rows:.4f}  val loss {val:.4f}", flush=True)',
        "    print(f\"test loss {evaluate(network, splits['test']):.4f}\")",
        '    save_model(network, str(HERE / "weights.safetensors"))',
    ]
    return lines


def _is_schedule(settings: RunConfig, name: str) -> bool:
    return settings.schedule is not None and settings.schedule.type == name


def _optimizer(settings: RunConfig, frozen: Mapping[str, Any]) -> str:
    split = SPLIT.get(settings.optimizer.type)
    params = {**settings.optimizer.params, **({"fused": True} if frozen["fused"] and not split else {})}
    written = "".join(f", {name}={literal(value)}" for name, value in params.items())
    return f"{split}(network{written})" if split else f"torch.optim.{settings.optimizer.type}(parameters{written})"


def _schedule(settings: RunConfig) -> list[str]:
    """The statements that make the schedule; a length left empty is that of the rest of the run."""
    if settings.schedule is None:
        return []
    params, warmup = dict(settings.schedule.params), settings.schedule.warmup
    steps = "EPOCHS" if settings.schedule.every == "epoch" else "EPOCHS * -(-train.num_rows // batch_size)"
    written = {name: literal(value) for name, value in params.items()}
    length = WHOLE_RUN.get(settings.schedule.type)
    if length is not None and params.get(length) is None:
        written[length] = f"max(1, {steps} - {warmup})" if warmup else steps
    if settings.schedule.type == "LambdaLR":
        written["lr_lambda"] = f"lambda time: {RATES[params.get('lr_lambda', 'inverse_sqrt')]}"
    arguments = "".join(f", {name}={value}" for name, value in written.items())
    lines = [f"schedule = torch.optim.lr_scheduler.{settings.schedule.type}(optimizer{arguments})"]
    if warmup:
        first = f"start_factor=1 / {warmup + 1}, total_iters={warmup}"
        lines.append(f"warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, {first})")
        lines.append(f"schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm_up, schedule], [{warmup}])")
    return lines
