"""The functions of train.py that make one step: gradients of the loss, what is done to them, the optimizer."""

from trainer.graph.layout import lay_out
from trainer.graph.literals import literal
from trainer.standalone.facts import Facts


def counts_steps(facts: Facts) -> bool:
    """Whether training answers are what the metric counts, for want of validation rows."""
    return facts.graded is not None and not facts.has_val


def backward_function(facts: Facts) -> list[str]:
    """`backward`, for batches that go through the network in parts."""
    scaler, _ = _more(facts)
    metric, given = (", metric", ", metric") if counts_steps(facts) else ("", "")
    backward = "scaler.scale(loss).backward()" if facts.scales else "loss.backward()"
    return [
        f"def backward(network: Network, {scaler}inputs, targets{metric}) -> Tensor:",
        '    """Gradients of the mean loss of all rows, BATCH_SIZE of which go through at once; that loss."""',
        "    num_rows, losses = len(inputs[0]), []",
        "    for start in range(0, num_rows, BATCH_SIZE):",
        "        rows = slice(start, start + BATCH_SIZE)",
        "        some = [tensor[rows] for tensor in inputs]",
        "        their_targets = {name: tensor[rows] for name, tensor in targets.items()}",
        f"        loss = run(network, some, their_targets{given}) * (len(some[0]) / num_rows)",
        f"        {backward}",
        "        losses.append(loss.detach())",
        "    return torch.stack(losses).sum()",
    ]


def update_function(facts: Facts) -> list[str]:
    """`update`, one step."""
    scaler, _ = _more(facts)
    metric = ", metric" if counts_steps(facts) else ""
    given = f"network: Network, optimizer: torch.optim.Optimizer, {scaler}inputs, targets{metric}"
    head = lay_out(f"def update({given}) -> float:", 0)
    if facts.settings.optimizer.type == "LBFGS":
        return [*head, *_looks(facts)]
    step = ["scaler.step(optimizer)", "scaler.update()"] if facts.scales else ["optimizer.step()"]
    lines = [*_gradients(facts, metric), *_clip(facts), *step, "optimizer.zero_grad()", "return loss.item()"]
    return [*head, '    """One step of the optimizer; the loss before it."""', *[f"    {line}" for line in lines]]


def _looks(facts: Facts) -> list[str]:
    metric = ", None if losses else metric" if counts_steps(facts) else ""
    look = [
        "optimizer.zero_grad()",
        *_gradients(facts, metric),
        *_clip(facts),
        "losses.append(loss.item())",
        "return loss",
    ]
    return [
        '    """One step of the optimizer, which looks at the batch several times; the loss before it."""',
        "    losses: list[float] = []",
        "",
        "    def look() -> Tensor:",
        *[f"        {line}" for line in look],
        "",
        "    optimizer.step(look)",
        "    optimizer.zero_grad()",
        "    return losses[0]",
    ]


def _gradients(facts: Facts, metric: str) -> list[str]:
    _, scaler = _more(facts)
    if facts.accumulates:
        return [f"loss = backward(network, {scaler}inputs, targets{metric})"]
    backward = "scaler.scale(loss).backward()" if facts.scales else "loss.backward()"
    return [f"loss = run(network, inputs, targets{metric})", backward]


def _clip(facts: Facts) -> list[str]:
    """Shorten the gradients as is set."""
    norm, value = facts.settings.gradients.clip_norm, facts.settings.gradients.clip_value
    if norm is None and value is None:
        return []
    return [
        *(["scaler.unscale_(optimizer)"] if facts.scales else []),
        'parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]',
        *([f"nn.utils.clip_grad_norm_(parameters, {literal(norm)})"] if norm is not None else []),
        *([f"nn.utils.clip_grad_value_(parameters, {literal(value)})"] if value is not None else []),
    ]


def _more(facts: Facts) -> tuple[str, str]:
    """The scaler among the parameters of a function, and among its arguments."""
    return ("scaler: torch.amp.GradScaler, ", "scaler, ") if facts.scales else ("", "")
