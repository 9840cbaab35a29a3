"""What train.py says of the optimizer: which parameters it has, in which groups, its settings and its schedule."""

from typing import Final

from trainer.graph.literals import literal
from trainer.methods.catalogue import OPTIMIZERS
from trainer.standalone.facts import Facts

SPLIT: Final = {"Muon": "split_muon", "SparseAdam": "split_sparse_adam"}
RATES: Final = {"inverse_sqrt": "1 / math.sqrt(1 + time)", "inverse_time": "1 / (1 + time)"}
WHOLE_RUN: Final = {"CosineAnnealingLR": "T_max", "OneCycleLR": "total_steps"}
PEAKS: Final = {"OneCycleLR": ("max_lr",), "CyclicLR": ("base_lr", "max_lr")}


def parameters_function() -> list[str]:
    """`parameters_of`, the parameters of nodes by their names."""
    return [
        "def parameters_of(network: Network, node: str) -> list[nn.Parameter]:",
        '    """The parameters of one node of the network, and of all within it."""',
        "    parameters = network.named_parameters(remove_duplicate=False)",
        '    return [parameter for name, parameter in parameters if f"{name}.".startswith(f"{node}.")]',
    ]


def groups_function(facts: Facts) -> list[str]:
    """`parameter_groups`, for rates of nodes or for weights that alone decay."""
    rates, decay = bool(facts.settings.rates), facts.settings.decay == "weights"
    if not rates:
        return [
            "def parameter_groups(parameters: Sequence[nn.Parameter]) -> list[dict]:",
            '    """All that trains; what has less than two axes, biases and scales, without weight decay."""',
            '    matrices = {"params": [parameter for parameter in parameters if parameter.dim() >= 2]}',
            '    thin = {"params": [parameter for parameter in parameters if parameter.dim() < 2]}',
            '    return [group for group in (matrices, thin | {"weight_decay": 0.0}) if group["params"]]',
        ]
    lines = [
        "def parameter_groups(network: Network, parameters: Sequence[nn.Parameter]) -> list[dict]:",
        '    """All that trains in groups of one rate each, those of the plain rate first."""',
        "    factors = {}",
        "    for node, factor in RATES.items():",
        "        factors |= dict.fromkeys(parameters_of(network, node), factor)",
    ]
    if not decay:
        return [
            *lines,
            "    groups: dict[float, list[nn.Parameter]] = {}",
            "    for parameter in parameters:",
            "        groups.setdefault(factors.get(parameter, 1.0), []).append(parameter)",
            "    ordered = sorted(groups.items(), key=lambda item: item[0] != 1)",
            '    return [{"params": some, "lr": RATE * factor, "factor": factor} for factor, some in ordered]',
        ]
    lines[1] = (
        '    """All that trains in groups of one rate each; biases and scales, of less than two axes, do not decay."""'
    )
    return [
        *lines,
        "    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}",
        "    for parameter in parameters:",
        "        key = factors.get(parameter, 1.0), parameter.dim() < 2",
        "        groups.setdefault(key, []).append(parameter)",
        "    made = []",
        "    for (factor, is_thin), some in sorted(groups.items(), key=lambda item: (item[0][0] != 1, item[0][1])):",
        '        group = {"params": some, "lr": RATE * factor, "factor": factor}',
        '        made.append(group | {"weight_decay": 0.0} if is_thin else group)',
        "    return made",
    ]


def load_optimizer_function() -> list[str]:
    """`load_optimizer`, for a run that went on with the optimizer of another."""
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


def base_rate(facts: Facts) -> float:
    """The learning rate of the nodes that have none of their own."""
    optimizer = facts.settings.optimizer
    return float({**OPTIMIZERS[optimizer.type].defaults, **optimizer.params}["lr"])


def optimizer(facts: Facts) -> str:
    """The expression that makes it."""
    chosen = facts.settings.optimizer
    split = SPLIT.get(chosen.type)
    params = {name: literal(value) for name, value in chosen.params.items()}
    if facts.settings.rates:
        params["lr"] = "RATE"
    if facts.frozen["fused"] and not split:
        params["fused"] = "True"
    written = "".join(f", {name}={value}" for name, value in params.items())
    network = "network, " if facts.settings.rates else ""
    if split:
        divide = ", partial(parameter_groups, network)" if network else ", parameter_groups"
        return f"{split}(network{divide if facts.makes_groups else ''}{written})"
    parameters = f"parameter_groups({network}parameters)" if facts.makes_groups else "parameters"
    return f"torch.optim.{chosen.type}({parameters}{written})"


def schedule(facts: Facts) -> list[str]:
    """The statements that make it; a length left empty is that of the rest of the run."""
    chosen = facts.settings.schedule
    if chosen is None:
        return []
    params, warmup = dict(chosen.params), chosen.warmup
    steps = "EPOCHS" if chosen.every == "epoch" else "EPOCHS * -(-train.num_rows // batch_size)"
    written = {name: literal(value) for name, value in params.items()}
    length = WHOLE_RUN.get(chosen.type)
    if length is not None and params.get(length) is None:
        written[length] = f"max(1, {steps} - {warmup})" if warmup else steps
    if chosen.type == "LambdaLR":
        written["lr_lambda"] = f"lambda time: {RATES[params.get('lr_lambda', 'inverse_sqrt')]}"
    lines = []
    if facts.settings.rates and (peaks := [name for name in PEAKS.get(chosen.type, ()) if name in params]):
        lines.append('factors = [group["factor"] for group in optimizer.param_groups]')
        written |= {name: f"[{written[name]} * factor for factor in factors]" for name in peaks}
    arguments = "".join(f", {name}={value}" for name, value in written.items())
    lines.append(f"schedule = torch.optim.lr_scheduler.{chosen.type}(optimizer{arguments})")
    if warmup:
        first = f"start_factor=1 / {warmup + 1}, total_iters={warmup}"
        lines.append(f"warm_up = torch.optim.lr_scheduler.LinearLR(optimizer, {first})")
        lines.append(f"schedule = torch.optim.lr_scheduler.SequentialLR(optimizer, [warm_up, schedule], [{warmup}])")
    return lines
