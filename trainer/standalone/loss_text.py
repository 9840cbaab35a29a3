"""The functions of train.py from a batch to its loss."""

from collections.abc import Sequence

from trainer.graph.layout import lay_out
from trainer.graph.literals import literal
from trainer.graph.parts import Node
from trainer.methods.catalogue import LOSSES
from trainer.standalone.facts import Ends, Facts, is_plain_loss
from trainer.standalone.metric_text import answer_of


def loss_function(facts: Facts) -> list[str]:
    """`compute_loss`, which also lets the metric count where one is watched."""
    ends, graded = facts.ends, facts.graded
    names = [ends.variables[output.id, port] for output in ends.outputs for port in ends.results(output)]
    doc = "The loss of a batch over all outputs, from what the network returned."
    given = "results: tuple[Tensor, ...], inputs: list[Tensor], targets: dict[str, Tensor]"
    if graded is not None:
        doc = "The loss of a batch over all outputs, from what the network returned; `metric` counts the answers."
    lines = [
        f"def compute_loss({given}{', metric=None' if graded else ''}) -> Tensor:",
        f'    """{doc}"""',
        *lay_out(f"{', '.join(names) if len(names) > 1 else f'({names[0]},)'} = results", 1),
    ]
    totals = []
    for output in ends.outputs:
        arguments = [ends.variables[output.id, port] for port in ends.results(output) if port != "target"]
        if LOSSES[output.params["loss"]["type"]].target:
            arguments.append(_target(output, ends, arguments))
            if _is_next(output):
                arguments[0] = f"{arguments[0]}.flatten(0, 1)"
        weight = facts.settings.loss_weights.get(output.name, output.params.get("loss_weight", 1.0))
        factor = "" if weight == 1 else f" * {literal(float(weight))}"
        totals.append(ends.variables[output.id, "loss"])
        lines += lay_out(f"{totals[-1]} = {_loss(output, facts)}({', '.join(arguments)}){factor}", 1)
        if graded is not None and graded[0] is output:
            lines.append("    if metric is not None:")
            lines += lay_out(f"metric.update({answer_of(output, arguments[0])}, {arguments[-1]})", 2)
    return [*lines, *lay_out(f"return {' + '.join(totals)}", 1)]


def run_function(facts: Facts) -> list[str]:
    """`run`, one batch through the network."""
    metric, more = (", metric=None", ", metric") if facts.graded else ("", "")
    lines = [
        "results = network(*inputs)",
        f"return compute_loss(results if isinstance(results, tuple) else (results,), inputs, targets{more})",
    ]
    if facts.frozen["precision"] != "float32":
        lines = [f"with torch.autocast(DEVICE, dtype=torch.{facts.frozen['precision']}):", *(f"    {s}" for s in lines)]
    return [
        f"def run(network: Network, inputs: list[Tensor], targets: dict[str, Tensor]{metric}) -> Tensor:",
        '    """The loss of one batch."""',
        *[f"    {line}" for line in lines],
    ]


def balance_function() -> list[str]:
    """`balanced`, the weights of classes."""
    return [
        "def balanced(targets: Tensor, num_classes: int) -> Tensor:",
        '    """Weights such that rare classes count as much as others, float32 [num_classes]."""',
        "    counts = torch.bincount(targets.flatten(), minlength=num_classes).to(torch.float32)",
        "    return counts.sum() / (num_classes * counts.clamp(min=1))",
    ]


def balance_labels_function() -> list[str]:
    """`balanced_yes`, the weights of labels."""
    return [
        "def balanced_yes(targets: Tensor) -> Tensor:",
        '    """How much a yes counts beside a no, float32 [labels]: the rarer it is, the more."""',
        "    yes = (targets > 0.5).to(torch.float32).mean(0)",
        "    return (1 - yes) / yes.clamp(min=1e-6)",
    ]


def _loss(output: Node, facts: Facts) -> str:
    entry = output.params["loss"]
    params = {name: literal(value) for name, value in (entry.get("params") or {}).items()}
    if output.name in facts.settings.class_weights:
        params["pos_weight" if weighs_yes(output) else "weight"] = f'CLASS_WEIGHTS["{output.name}"]'
    if is_plain_loss(output):
        return f"nn.{entry['type']}({', '.join(f'{name}={value}' for name, value in params.items())})"
    written = ", ".join(f'"{name}": {value}' for name, value in params.items())
    return f'build_loss("{entry["type"]}", {{{written}}})'


def weighs_yes(output: Node) -> bool:
    """Whether its loss weighs a yes beside a no, instead of each class."""
    return bool(output.params["loss"]["type"] == "BCEWithLogitsLoss")


def _is_next(output: Node) -> bool:
    """Whether its target is the next of the tokens that go in."""
    return output.params.get("target") == "next_token"


def _target(output: Node, ends: Ends, arguments: Sequence[str]) -> str:
    """The target of an Output in the form its loss takes: from the data or a wire."""
    first = arguments[0]
    if _is_next(output):
        return f'targets["{output.name}"].flatten()'
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
