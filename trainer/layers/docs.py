"""Write `docs/layers.md` from the catalogue. Run as ``python -m trainer.layers.docs``; a test compares the two."""

from pathlib import Path

from trainer.layers.families import FAMILIES
from trainer.layers.registry import CATALOGUE
from trainer.layers.spec import REQUIRED, Layer, Param, Port

TARGET = Path(__file__).parents[2] / "docs" / "layers.md"


def render() -> str:
    """The page: a section a family, a part a layer, a row a parameter."""
    lines = [
        "# Layers",
        "",
        "Every layer and operation of the catalogue, with the names and defaults of torch. Written by",
        "`python -m trainer.layers.docs`; [adding a layer](adding-a-layer.md) says how another one comes in.",
    ]
    for family, label in FAMILIES.items():
        layers = [layer for layer in CATALOGUE.values() if layer.family == family]
        if layers:
            lines += ["", f"## {label.en}"]
        for layer in layers:
            lines += ["", *_layer_lines(layer)]
    return "\n".join(lines) + "\n"


def _layer_lines(layer: Layer) -> list[str]:
    title = f"[{layer.type}]({layer.docs_url})" if layer.docs_url else layer.type
    ports = f"{_ports(layer.inputs)} → {_ports(layer.outputs)}".strip()
    lines = [f"### {title}", "", layer.summary.en, ""]
    if layer.formula:
        lines += [f"$${layer.formula}$$", ""]
    lines.append(f"Ports: {ports}")
    if layer.params:
        lines += ["", "| parameter | default | takes | what it does |", "|---|---|---|---|"]
        lines += [_param_line(param) for param in layer.params]
    return lines


def _ports(ports: tuple[Port, ...]) -> str:
    names = [f"`{port.name}`" + ("…" if port.variadic else "") + ("?" if port.optional else "") for port in ports]
    return ", ".join(names) or "none"


def _param_line(param: Param) -> str:
    default = "from the input" if param.inferred else "needed" if param.default is REQUIRED else f"`{param.default}`"
    takes = " or ".join(part for part in (_kind(param), ", ".join(f"`{word}`" for word in param.choices)) if part)
    return f"| `{param.name}` | {default} | {takes} {param.range_text()} | {param.summary.en} |".replace("  |", " |")


def _kind(param: Param) -> str:
    return "" if param.kind == "choice" else param.kind


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
