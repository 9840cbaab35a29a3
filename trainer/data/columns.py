"""The columns of a data set and what is known of each: the facts that a graph binds to and a person looks at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

import trainer.messages.data  # noqa: F401 - registers the sentences of the errors raised here
from trainer.errors import UserError

Kind = Literal["number", "category", "text", "date", "image"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `facts` are those of its kind, as the manifest holds them.

    image: height, width, channels; category: values (sorted), num_classes, counts; number and date: min, max, mean,
    std, median, histogram {edges, counts} (dates in days since 1970, with their format);
    text: min_words, max_words, num_distinct, num_characters (of all rows).
    """

    name: str
    kind: Kind
    missing: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        facts = {key: value for key, value in data.items() if key not in ("name", "kind", "missing")}
        return cls(data["name"], data["kind"], data["missing"], facts)

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "kind": self.kind, "missing": self.missing, **self.facts}

    def data_value(self, name: str) -> Any:
        """What `{"$data": "column.NAME"}` stands for, or None where this kind of column has no such fact.

        `num_features` is the width that the column takes in a vector of numbers, with its flag for missing values;
        `cardinalities` the size of the table of embeddings that holds it (index 0 is for what was never seen).
        """
        match name, self.kind:
            case "num_features", "number" | "date":
                return 1 + (self.missing > 0)
            case "cardinalities", "category":
                return int(self.facts["num_classes"]) + 1
            case _:
                return self.facts.get(name)


@dataclass(frozen=True, slots=True)
class DataFacts:
    """What a graph may know of the data set version it is bound to."""

    columns: Mapping[str, Column]
    num_rows: int
    splits: Mapping[str, int]
    target: str | None = None

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> Self:
        columns = [Column.from_json(column) for column in manifest["columns"]]
        return cls({c.name: c for c in columns}, manifest["num_rows"], dict(manifest["splits"]), manifest.get("target"))

    def column(self, name: str, *, path: str = "") -> Column:
        """The column `name`; raises `data.unknown_column`."""
        if name not in self.columns:
            raise UserError("data.unknown_column", path=path, column=name, known=name_list(self.columns))
        return self.columns[name]


def name_list(names: Sequence[str] | Mapping[str, Any], limit: int = 12) -> str:
    """Names for a sentence: the first `limit`, and how many more there are."""
    shown = list(names)[:limit]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" … (+{more})" if more else "")
