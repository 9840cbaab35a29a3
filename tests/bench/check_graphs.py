"""Graphs as people draw them, of any size, for the bench of the check."""

from typing import Any

WIDTHS = (16, 24, 32, 48, 64, 96, 128)


class Drawing:
    """A document that grows node by node; a word names what a new node reads."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.edges: list[dict[str, Any]] = []

    def add(self, kind: str, *sources: str, ports: tuple[str, ...] = (), **params: Any) -> str:
        """A node of `kind` that reads `sources`, each at the port named beside it or at `input`."""
        number = len(self.nodes)
        name = f"{kind.lower().replace('block:', 'use_')}{number}"
        more = {"repeat": params.pop("repeat")} if "repeat" in params else {}
        place = [240 * (number % 8), 64 * (number // 8)]
        self.nodes.append({"id": name, "name": name, "type": kind, "params": params, "position": place, **more})
        for index, source in enumerate(sources):
            port = ports[index] if index < len(ports) else "inputs" if kind in ("Add", "Concat") else "input"
            wire = {"id": f"e{len(self.edges)}", "source": source, "target": name, "target_port": port}
            wire["source_port"] = "y" if source.startswith("use_") else "output"
            self.edges.append(wire | ({"index": index} if port == "inputs" else {}))
        return name

    def graph(self, **blocks: dict[str, Any]) -> dict[str, Any]:
        return {"format": 1, "nodes": self.nodes, "edges": self.edges, "blocks": blocks}

    def block(self, *params: dict[str, Any]) -> dict[str, Any]:
        return {"params": list(params), "nodes": self.nodes, "edges": self.edges}


def residual(num_nodes: int, *, varied: bool = False) -> dict[str, Any]:
    """Residual blocks of two convolutions, eight nodes each; `varied` gives every block a width of its own."""
    drawing = Drawing()
    last = drawing.add("Input", shape=[3, 32, 32])
    last = drawing.add("Conv2d", last, out_channels=16, kernel_size=3, padding=1)
    for number in range(max(0, (num_nodes - 6) // 8)):
        width = 16 + number if varied else WIDTHS[number * len(WIDTHS) * 8 // num_nodes]
        last = residual_block(drawing, last, width)
    while len(drawing.nodes) < num_nodes - 4:
        last = drawing.add("BatchNorm2d", last)
    last = drawing.add("AdaptiveAvgPool2d", last, output_size=1)
    last = drawing.add("Flatten", last)
    last = drawing.add("Linear", last, out_features=10)
    drawing.add("Output", last)
    return drawing.graph()


def residual_block(drawing: Drawing, last: str, width: int) -> str:
    skip = drawing.add("Conv2d", last, out_channels=width, kernel_size=1)
    last = drawing.add("Conv2d", last, out_channels=width, kernel_size=3, padding=1, bias=False)
    last = drawing.add("BatchNorm2d", last)
    last = drawing.add("ReLU", last)
    last = drawing.add("Conv2d", last, out_channels=width, kernel_size=3, padding=1, bias=False)
    last = drawing.add("BatchNorm2d", last)
    return drawing.add("ReLU", drawing.add("Add", last, skip))


def transformer(num_nodes: int) -> dict[str, Any]:
    """Encoder blocks written out, nine nodes each, over tokens."""
    drawing = Drawing()
    last = drawing.add("Input", shape=[64], dtype="int64")
    last = drawing.add("Embedding", last, num_embeddings=1000, embedding_dim=64)
    for _ in range(max(0, (num_nodes - 5) // 9)):
        last = encoder_block(drawing, last, 64)
    while len(drawing.nodes) < num_nodes - 3:
        last = drawing.add("LayerNorm", last)
    last = drawing.add("Mean", last, dim=[1])
    last = drawing.add("Linear", last, out_features=10)
    drawing.add("Output", last)
    return drawing.graph()


def encoder_block(drawing: Drawing, last: str, width: int) -> str:
    normed = drawing.add("LayerNorm", last)
    heads = drawing.add(
        "MultiheadAttention", normed, normed, normed, ports=("query", "key", "value"), num_heads=4, dropout=0.1
    )
    last = drawing.add("Add", last, drawing.add("Dropout", heads))
    inner = drawing.add("LayerNorm", last)
    inner = drawing.add("GELU", drawing.add("Linear", inner, out_features=4 * width))
    return drawing.add("Add", last, drawing.add("Linear", inner, out_features=width))


def with_blocks(num_nodes: int) -> dict[str, Any]:
    """Uses of two blocks, a third of them repeated, that come to about `num_nodes` nodes unfolded once."""
    inside = Drawing()
    inside.add("BlockInput")
    inside.nodes[0] |= {"id": "x", "name": "x"}
    last = inside.add("Conv2d", "x", out_channels={"$": "width"}, kernel_size=3, padding=1)
    last = inside.add("ReLU", inside.add("BatchNorm2d", last))
    last = inside.add("Conv2d", last, out_channels={"$": "width"}, kernel_size=3, padding=1)
    skip = inside.add("Conv2d", "x", out_channels={"$": "width"}, kernel_size=1)
    last = inside.add("ReLU", inside.add("Add", last, skip))
    inside.add("BlockOutput", last)
    inside.nodes[-1] |= {"id": "out", "name": "y"}
    inside.edges[-1]["target"] = "out"
    drawing = Drawing()
    last = drawing.add("Input", shape=[3, 32, 32])
    for number in range(max(1, (num_nodes - 5) // 10)):
        more = {"repeat": 3} if number % 3 == 2 else {}
        last = drawing.add("block:Residual", last, ports=("x",), width=WIDTHS[number // 3 % len(WIDTHS)], **more)
    last = drawing.add("AdaptiveAvgPool2d", last, output_size=1)
    last = drawing.add("Linear", drawing.add("Flatten", last), out_features=10)
    drawing.add("Output", last)
    return drawing.graph(Residual=inside.block({"name": "width", "type": "int", "default": 64}))
