"""How a family file writes an entry: what torch's signature says, and what a person is told, put together."""

from collections.abc import Callable, Mapping
from typing import Any

from trainer.layers.operation_words import OPERATION_WORDS
from trainer.layers.signatures import SIGNATURES
from trainer.layers.spec import REQUIRED, CodeCall, Example, Family, Inferred, Layer, Param, Port, RunCall
from trainer.layers.words import COMMON_WORDS, HIDDEN
from trainer.messages.registry import Text

About = Mapping[str, Any]
FLOATING = ("float32",)
WHOLE = ("int64",)


def about(label: Text | None = None, summary: Text | None = None, **facts: Any) -> About:
    """What the entry adds to a parameter of torch's: words, range, choices, importance (fields of `Param`)."""
    words = {key: text for key, text in (("label", label), ("summary", summary)) if text is not None}
    return {**words, **facts}


def follows(
    port: str = "input", axis: int = -1, *, as_shape: bool = False, optional: bool = False, unless: str = ""
) -> About:
    """A parameter that is the size of `axis` of what arrives at `port`."""
    return {"inferred": Inferred(port, axis, as_shape, optional, unless)}


def torch_layer(
    name: str,
    *,
    family: Family,
    icon: str,
    label: Text,
    summary: Text,
    example: Example,
    params: Mapping[str, About] | None = None,
    hidden: frozenset[str] = frozenset(),
    signature: str = "",
    more: tuple[Param, ...] = (),
    **facts: Any,
) -> Layer:
    """The entry of `torch.nn.NAME`: its parameters in torch's order, without those nobody should set here.

    `signature` names the layer whose parameters it takes instead of its own, `more` are those that come after them.
    """
    about_params = params or {}
    shown = [
        entry for entry in SIGNATURES[signature or name] if entry[0] not in (HIDDEN - about_params.keys()) | hidden
    ]
    unknown = set(about_params) - {entry[0] for entry in shown}
    if unknown:
        raise ValueError(f"{name} has no parameters {sorted(unknown)}")
    return Layer(
        type=name,
        module=name,
        family=family,
        icon=icon,
        label=label,
        summary=summary,
        example=example,
        params=(
            *(_torch_param(param, kind, default, about_params.get(param, {})) for param, kind, default in shown),
            *more,
        ),
        docs_url=f"https://docs.pytorch.org/docs/2.13/generated/torch.nn.{name}.html",
        **facts,
    )


def operation(
    name: str,
    *,
    family: Family,
    icon: str,
    label: Text,
    summary: Text,
    example: Example,
    code: Callable[[CodeCall], str],
    run: Callable[[RunCall], Any],
    params: tuple[Param, ...] = (),
    **facts: Any,
) -> Layer:
    """The entry of an operation without weights: `code` writes what `run` does."""
    return Layer(
        type=name,
        family=family,
        icon=icon,
        label=label,
        summary=summary,
        example=example,
        code=code,
        run=run,
        params=params,
        **facts,
    )


def own_param(name: str, kind: Any, default: object = REQUIRED, **facts: Any) -> Param:
    """A parameter that no signature of torch's describes; its words come from the common ones unless given."""
    words = {**COMMON_WORDS.get(name, {}), **OPERATION_WORDS.get(name, {})}
    return Param(**{**words, "name": name, "kind": kind, "default": default, **facts})


def tensor(
    name: str = "input", *, ranks: tuple[int, ...] = (), dtypes: tuple[str, ...] = FLOATING, **facts: Any
) -> Port:
    """A port for one tensor of floating numbers unless said otherwise; `ranks` count the batch axis."""
    return Port(name, ranks=ranks, dtypes=dtypes, **facts)


def _torch_param(name: str, kind: str, default: object, about_param: About) -> Param:
    said = {"kind": kind, "default": REQUIRED if default is ... else default, "nullable": default is None}
    return Param(**{**COMMON_WORDS.get(name, {}), **said, "name": name, "scalar": kind == "ints", **about_param})
