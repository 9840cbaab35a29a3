"""How the difference of two graphs is described in OpenAPI: `trainer.graph.diff` makes it, nothing reads it in."""

from typing import Any


def _record(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _list(entries: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": entries}


_TEXT = {"type": "string"}
_VALUE = {"description": "Any JSON value; null where this side has none"}
_NODE = {"path": {**_TEXT, "description": "Its id; “block:NAME/ID” in the definition of a block"}, "name": _TEXT}
_EDGE = _record(
    source=_TEXT,
    source_name=_TEXT,
    source_port=_TEXT,
    target=_TEXT,
    target_name=_TEXT,
    target_port=_TEXT,
    index={"type": "integer", "nullable": True},
)
_BLOCKS = _list(_record(name=_TEXT))

FIELD_CHANGES = _list(
    _record(field={**_TEXT, "description": "“params.out_features”, “repeat”"}, before=_VALUE, after=_VALUE)
)
GRAPH_DIFF = _record(
    nodes=_record(
        added=_list(_record(**_NODE, type=_TEXT)),
        removed=_list(_record(**_NODE, type=_TEXT)),
        changed=_list(_record(**_NODE, type=_TEXT, fields=FIELD_CHANGES)),
    ),
    edges=_record(added=_list(_EDGE), removed=_list(_EDGE)),
    blocks=_record(added=_BLOCKS, removed=_BLOCKS, changed=_list(_record(name=_TEXT, fields=FIELD_CHANGES))),
)
RUN_DIFF = _record(graph=GRAPH_DIFF, config=FIELD_CHANGES)
_BRIEF = _record(count={"type": "integer"}, names={**_list(_TEXT), "description": "The first of them"})
BRIEF_CHANGE = {
    **_record(added=_BRIEF, removed=_BRIEF, changed=_BRIEF, num_rewired={"type": "integer"}),
    "nullable": True,
    "description": "What it has that the version before has not; null for the first",
}
