"""Which kind a column of text is, found from its values or said by a person."""

from collections.abc import Mapping, Sequence

import polars as pl

import trainer.messages.upload  # noqa: F401 - registers the sentences of the errors raised here
from trainer.data.columns import KINDS, Kind, name_list
from trainer.data.facts import date_format, holds_whole_numbers
from trainer.errors import UserError

MAX_CATEGORIES = 1_000
MAX_NUMBER_CLASSES = 20
MAX_CATEGORY_WORDS = 6
MAX_NUMBER = 1e30
TARGET_NAMES = ("target", "label", "class", "y", "outcome", "species", "category", "kind")
TARGET_KINDS: tuple[Kind, ...] = ("category", "number")


def find_kinds(frame: pl.DataFrame, *, lines: Sequence[int], target: str | None) -> tuple[dict[str, Kind], str | None]:
    """The kind of each column of text, and the target: the one named, else the likeliest, else none.

    Raises where a number is not finite or the target named cannot be predicted.
    """
    if target is not None and target not in frame.columns:
        raise UserError("upload.target_missing", path="target", column=target[:80], known=name_list(frame.columns))
    guessed = target or _likely_target(frame)
    kinds = {name: find_kind(frame[name], lines=lines, is_target=name == guessed) for name in frame.columns}
    if target is not None:
        check_target(frame[target], kinds[target])
        return kinds, target
    usable = kinds[guessed] in TARGET_KINDS and frame[guessed].drop_nulls().n_unique() > 1
    return kinds, guessed if usable else None


def find_kind(series: pl.Series, *, lines: Sequence[int], is_target: bool = False) -> Kind:
    """Numbers where all values are; dates where one format reads all; categories where values come again; else text."""
    values = series.drop_nulls()
    if values.is_empty():
        return "text"
    distinct = values.n_unique()
    if values.cast(pl.Float64, strict=False).null_count() == 0:
        check_numbers(series, lines=lines)
        few = distinct <= MAX_NUMBER_CLASSES and distinct * 5 <= len(values)
        return "category" if holds_whole_numbers(values) and (distinct == 2 or (is_target and few)) else "number"
    if date_format(values) is not None:
        return "date"
    words = values.str.count_matches(r"\S+").max()
    repeats = distinct * 2 <= len(values) and distinct <= MAX_CATEGORIES
    return "category" if repeats and isinstance(words, int) and words <= MAX_CATEGORY_WORDS else "text"


def check_kind(series: pl.Series, kind: Kind, *, lines: Sequence[int] | None = None) -> None:
    """Raise `upload.not_of_kind` or `upload.too_many_values` where the values of `series` cannot be read as `kind`."""
    match kind:
        case "number":
            parsed = series.cast(pl.Float64, strict=False)
            _check_parsed(series, parsed, kind, lines)
            check_numbers(series, lines=lines)
        case "date" if date_format(series) is None:
            _check_parsed(series, pl.repeat(None, len(series), eager=True), kind, lines)
        case "category":
            distinct = series.drop_nulls().n_unique()
            if distinct > MAX_CATEGORIES:
                path = f"kinds.{series.name}"
                raise UserError(
                    "upload.too_many_values", path=path, column=series.name, count=distinct, limit=MAX_CATEGORIES
                )


def check_target(series: pl.Series, kind: Kind) -> None:
    """Raise where `series` cannot be what is predicted."""
    column = series.name
    values = series.drop_nulls()
    if values.is_empty():
        raise UserError("upload.target_empty", path="target", column=column)
    if kind not in TARGET_KINDS:
        raise UserError("upload.target_kind", path="target", column=column, kind=kind)
    if values.n_unique() < 2:
        raise UserError("upload.one_class", path="target", column=column, value=str(values[0])[:80])


def check_numbers(series: pl.Series, *, lines: Sequence[int] | None) -> None:
    """Raise on infinity and on numbers too large to be squared, with the line of the first."""
    numbers = series.cast(pl.Float64, strict=False)
    large = (numbers.abs() > MAX_NUMBER).fill_null(False) | numbers.is_nan().fill_null(False)
    if (row := large.arg_max()) is not None and large[row]:
        line = lines[row] if lines is not None else row + 1
        value = str(series[row])[:40]
        code = "csv.out_of_range" if numbers.is_finite()[row] else "csv.not_finite"
        raise UserError(code, path=f"row {line}, column {series.name}", line=line, value=value, column=series.name)


def parse_kinds(kinds: Mapping[str, object], columns: Mapping[str, Kind]) -> dict[str, Kind]:
    """`columns` with the kinds a person asked for; raises on an unknown column or kind, and on pictures."""
    changed = dict(columns)
    for name, kind in kinds.items():
        path = f"kinds.{name}"
        if name not in columns:
            raise UserError("data.unknown_column", path=path, column=str(name)[:80], known=name_list(columns))
        if kind not in KINDS:
            raise UserError("upload.unknown_kind", path=path, known=", ".join(KINDS), received=str(kind)[:40])
        if kind != columns[name] and "image" in (kind, columns[name]):
            raise UserError("upload.kind_image", path=path, column=name)
        changed[name] = next(known for known in KINDS if known == kind)
    return changed


def _likely_target(frame: pl.DataFrame) -> str:
    """A column with a telling name, else the last."""
    named = [name for name in frame.columns if name.lower() in TARGET_NAMES]
    return named[-1] if named else frame.columns[-1]


def _check_parsed(series: pl.Series, parsed: pl.Series, kind: Kind, lines: Sequence[int] | None) -> None:
    failed = series.is_not_null() & parsed.is_null()
    if (row := failed.arg_max()) is not None and failed[row]:
        line = f"row {lines[row] if lines is not None else row + 1}"
        raise UserError(
            "upload.not_of_kind",
            path=f"{line}, column {series.name}",
            line=line,
            value=str(series[row])[:40],
            column=series.name,
            kind=kind,
        )
