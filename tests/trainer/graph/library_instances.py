"""Two uses of each block of the library: what arrives at its ports, and its parameters with two values each."""

from dataclasses import dataclass
from typing import Any

from trainer.graph.block_library import LIBRARY
from trainer.graph.document import Document, parse_document
from trainer.graph.parts import BLOCK_PREFIX


@dataclass(frozen=True)
class Use:
    """One use: the shape that arrives at each port (numbers, or indices where the port is named in `indices`)."""

    shapes: dict[str, tuple[int, ...]]
    params: dict[str, Any]
    indices: tuple[str, ...] = ()


def use(*shape: int, **params: Any) -> Use:
    return Use({"input": shape}, params)


def transformer(**ports: tuple[int, ...]) -> tuple[Use, Use]:
    small = {port: (*shape[:-1], shape[-1] // 2) for port, shape in ports.items()}
    return (
        Use(ports, {"width": 8, "heads": 2, "hidden": 12, "p": 0.2}),
        Use(small, {"width": 4, "heads": 4, "hidden": 6, "p": 0.0}),
    )


INCEPTION = ("one", "before_three", "three", "before_five", "five", "pooled")
USES: dict[str, tuple[Use, Use]] = {
    "AttentionPool": (use(5, 8, hidden=6), use(3, 4, hidden=3)),
    "Bottleneck": (use(4, 8, 8, width=4, hidden=6, groups=2), use(6, 5, 5, width=6, hidden=3, groups=1)),
    "BottleneckDown": (
        use(4, 8, 8, width=6, hidden=4, groups=2, stride=2),
        use(4, 8, 8, width=5, hidden=3, groups=1, stride=1),
    ),
    "ConvBNAct": (
        use(4, 8, 8, width=6, kernel_size=3, stride=1, padding=1, groups=2),
        use(3, 9, 9, width=4, kernel_size=5, stride=2, padding=2, groups=1),
    ),
    "ConvDecoder": (
        use(5, channels=1, width=3, units=32, picture=[2, 4, 4]),
        use(4, channels=3, width=2, units=36, picture=[4, 3, 3]),
    ),
    "ConvEncoder": (use(1, 8, 8, code=5, width=3, hidden=4), use(3, 12, 12, code=4, width=2, hidden=3)),
    "ConvNeXtBlock": (
        use(4, 8, 8, width=4, hidden=16, layer_scale=[1, 1, 4]),
        use(6, 7, 7, width=6, hidden=8, layer_scale=[1, 1, 6]),
    ),
    "DecoderPostNorm": transformer(input=(5, 8), memory=(3, 8)),
    "DecoderPreNorm": transformer(input=(5, 8), memory=(3, 8)),
    "DenseLayer": (use(4, 8, 8, growth=3, hidden=6), use(3, 5, 5, growth=2, hidden=4)),
    "DoubleConv": (use(4, 8, 8, width=6), use(1, 5, 5, width=3)),
    "Down": (use(4, 8, 8, width=6), use(1, 5, 5, width=3)),
    "DropPath": (use(4, 8, 8, p=0.3, ones=[1, 1, 1]), use(5, 4, p=0.0, ones=[1, 1])),
    "EncoderPostNorm": transformer(input=(5, 8)),
    "EncoderPreNorm": transformer(input=(5, 8)),
    "GPTBlock": transformer(input=(5, 8)),
    "GlobalPool": (use(4, 8, 8), use(3, 5, 7)),
    "Inception": (
        use(4, 8, 8, **dict(zip(INCEPTION, (2, 3, 4, 2, 3, 2), strict=True))),
        use(3, 5, 5, **dict(zip(INCEPTION, (1, 2, 3, 1, 2, 1), strict=True))),
    ),
    "InvertedDown": (
        use(4, 8, 8, width=6, hidden=12, kernel_size=3, padding=1, stride=2),
        use(3, 7, 7, width=4, hidden=6, kernel_size=5, padding=2, stride=1),
    ),
    "InvertedResidual": (
        use(4, 8, 8, width=4, hidden=12, kernel_size=3, padding=1),
        use(3, 7, 7, width=3, hidden=6, kernel_size=5, padding=2),
    ),
    "LearnedPositions": (use(5, 8, width=8, max_length=6), use(4, 3, width=3, max_length=4)),
    "MLP": (use(6, width=3, hidden=5, p=0.3), use(4, width=2, hidden=7, p=0.0)),
    "PatchEmbed": (use(3, 8, 8, width=6, patch=4), use(1, 6, 6, width=4, patch=2)),
    "ResidualBasic": (use(4, 8, 8, width=4), use(3, 5, 5, width=3)),
    "ResidualDown": (use(4, 8, 8, width=6, stride=2), use(3, 5, 5, width=5, stride=1)),
    "ResidualPreAct": (use(4, 8, 8, width=4), use(3, 5, 5, width=3)),
    "RotaryPositions": (use(5, 8), use(2, 4, 6)),
    "SeparableConv": (
        use(4, 8, 8, width=6, in_width=4, kernel_size=3, stride=1, padding=1),
        use(3, 9, 9, width=4, in_width=3, kernel_size=5, stride=2, padding=2),
    ),
    "Siamese": (
        Use({"left": (6,), "right": (6,)}, {"width": 3, "hidden": 5}),
        Use({"left": (4,), "right": (4,)}, {"width": 2, "hidden": 3}),
    ),
    "SinusoidalPositions": (use(5, 8), use(3, 4)),
    "SqueezeExcite": (use(4, 8, 8, width=4, hidden=2), use(6, 5, 5, width=6, hidden=3)),
    "TCNBlock": (
        use(4, 9, width=4, kernel_size=3, dilation=2, padding_left=[4, 0], p=0.2),
        use(3, 6, width=3, kernel_size=2, dilation=1, padding_left=[1, 0], p=0.0),
    ),
    "TabularEmbedding": (
        Use({"categories": (3,), "numbers": (5,)}, {"num_values": 9, "width": 4}, ("categories",)),
        Use({"categories": (2,), "numbers": (4,)}, {"num_values": 7, "width": 3}, ("categories",)),
    ),
    "Up": (
        Use({"input": (8, 4, 4), "skip": (4, 8, 8)}, {"width": 4}),
        Use({"input": (6, 3, 3), "skip": (5, 6, 6)}, {"width": 3}),
    ),
    "VAESampling": (Use({"mu": (4,), "logvar": (4,)}, {}), Use({"mu": (2, 3), "logvar": (2, 3)}, {})),
}


def block_document(name: str, one: Use) -> Document:
    """A document around one use of a block: an Input for each port it takes, an Output for each it gives."""
    entry = LIBRARY[name]
    nodes: list[dict[str, Any]] = [{"id": "m", "name": "made", "type": BLOCK_PREFIX + name, "params": one.params}]
    edges: list[dict[str, Any]] = []
    for port in entry.block.port_names("BlockInput"):
        dtype = "int64" if port in one.indices else "float32"
        params = {"shape": list(one.shapes[port]), "dtype": dtype}
        nodes.append({"id": f"a_{port}", "name": f"to_{port}", "type": "Input", "params": params})
        edges.append({"id": f"e_{port}", "source": f"a_{port}", "target": "m", "target_port": port})
    for port in entry.block.port_names("BlockOutput"):
        nodes.append({"id": f"z_{port}", "name": f"end_{port}", "type": "Output"})
        edges.append({"id": f"f_{port}", "source": "m", "source_port": port, "target": f"z_{port}"})
    blocks = {used: block.to_json() for used, block in entry.definitions.items()}
    return parse_document({"format": 1, "nodes": nodes, "edges": edges, "blocks": blocks})
