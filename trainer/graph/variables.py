"""The local variables of a `forward`: one for each output of each node."""

from trainer.graph.names import CALLED
from trainer.graph.plan import Plan


class Variables:
    """A node's first output goes by its name, further ones by ``name_port``, with a ``_`` where that is taken.

    Taken is also what `forward` calls by its name, so that nothing hides it there.
    """

    def __init__(self, plan: Plan) -> None:
        taken = {step.node.name for step in plan.steps} | CALLED
        self._taken = taken
        self._names: dict[tuple[str, str], str] = {}
        for step in plan.steps:
            for number, port in enumerate(step.ports):
                name = step.node.name if number == 0 else f"{step.node.name}_{port}"
                while (number or step.node.name in CALLED) and name in taken:
                    name += "_"
                taken.add(name)
                self._names[step.node.id, port] = name

    def free(self, wanted: str) -> str:
        """`wanted`, with a ``_`` where a variable has that name."""
        return self.free(f"{wanted}_") if wanted in self._taken else wanted

    def of(self, node_id: str, port: str) -> str:
        return self._names[node_id, port]
