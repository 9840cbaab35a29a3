"""Stored values of a column by its kind, and what is worth knowing of them."""

from typing import Any

import numpy as np
import polars as pl

from trainer.data.columns import Column, Kind

HISTOGRAM_BINS = 24
DAY_MICROSECONDS = 86_400_000_000
PROBED_ROWS = 100
DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
)


def typed_values(series: pl.Series, kind: Kind) -> np.ndarray:
    """All values of a column as encoders take them.

    Numbers are float64, dates float64 days since 1970, both NaN where missing; categories and texts are objects (text,
    or whole numbers where every category is one), None where missing.
    """
    whole = kind == "category" and series.dtype == pl.String and holds_whole_numbers(series)
    return _typed(series, kind, form=date_format(series) if kind == "date" else None, whole=whole)


def stored_values(series: pl.Series, column: Column) -> np.ndarray:
    """Some values of a column that was described, as `typed_values` gives them all."""
    known = column.facts.get("values") or [""]
    return _typed(series, column.kind, form=column.facts.get("format"), whole=isinstance(known[0], int))


def _typed(series: pl.Series, kind: Kind, *, form: str | None, whole: bool) -> np.ndarray:
    match kind:
        case "number":
            return series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
        case "date":
            days = parse_dates(series, form).cast(pl.Int64).cast(pl.Float64) / DAY_MICROSECONDS
            return days.fill_null(float("nan")).to_numpy()
        case "category":
            return _shared_objects(series.cast(pl.Int64) if whole else series)
        case _:
            return np.array(series.to_list(), dtype=object)


def _shared_objects(series: pl.Series) -> np.ndarray:
    """The values as objects, equal ones being one; a pointer each is then all that many rows take."""
    found = series.drop_nulls().unique(maintain_order=True)
    objects = np.array([*found.to_list(), None], dtype=object)
    if not len(found):
        return np.full(len(series), None, dtype=object)
    places = pl.Series(range(len(found)), dtype=pl.UInt32)
    index = series.replace_strict(found, places, default=len(found), return_dtype=pl.UInt32).to_numpy()
    return np.asarray(objects[index])


def holds_whole_numbers(series: pl.Series) -> bool:
    """Whether every value is written as a whole number, without leading zeros or signs that would be lost."""
    values = series.drop_nulls().unique()
    return len(values) > 0 and bool(values.str.contains(r"^(0|-?[1-9][0-9]{0,17})$").all())


def date_format(series: pl.Series) -> str | None:
    """The one format that reads all values of a column of text, or None."""
    for form in DATE_FORMATS:
        if parse_dates(series.head(PROBED_ROWS), form).null_count() > series.head(PROBED_ROWS).null_count():
            continue
        if parse_dates(series, form).null_count() == series.null_count():
            return form
    return None


def parse_dates(series: pl.Series, form: str | None) -> pl.Series:
    """The values as moments (microseconds), null where `form` does not read them."""
    if form is None:
        return pl.repeat(None, len(series), dtype=pl.Datetime("us"), eager=True)
    if "%H" in form:
        return series.str.to_datetime(form, time_unit="us", strict=False)
    return series.str.to_date(form, strict=False).cast(pl.Datetime("us"))


def describe_column(name: str, kind: Kind, values: np.ndarray, *, form: str | None = None) -> Column:
    """Count and measure one column of `typed_values`; for pictures uint8 [N, H, W, C]. `form` is that of dates."""
    match kind:
        case "image":
            _, height, width, channels = values.shape
            return Column(name, kind, 0, {"height": height, "width": width, "channels": channels})
        case "number" | "date":
            missing = int(np.isnan(values).sum())
            facts = _number_facts(values[~np.isnan(values)])
            return Column(name, kind, missing, facts | ({"format": form} if kind == "date" else {}))
        case "category":
            present = [value for value in values.tolist() if value is not None]
            found, counts = np.unique(np.array(present, dtype=object), return_counts=True)
            facts = {"values": found.tolist(), "num_classes": len(found), "counts": counts.tolist()}
            return Column(name, kind, len(values) - len(present), facts)
        case "text":
            texts = [value for value in values.tolist() if value is not None]
            words = [len(text.split()) for text in texts]
            facts = {"max_words": max(words, default=0), "min_words": min(words, default=0)}
            facts["num_characters"] = sum(map(len, texts))
            return Column(name, kind, len(values) - len(texts), facts | {"num_distinct": len(set(texts))})


def _number_facts(values: np.ndarray) -> dict[str, Any]:
    if not values.size:
        return {"min": None, "max": None, "mean": None, "std": None, "median": None, "histogram": None}
    counts, edges = np.histogram(values, bins=min(HISTOGRAM_BINS, max(1, len(np.unique(values)))))
    return {
        "min": float(values.min()),
        "max": float(values.max()),
        "mean": float(values.mean()),
        "std": float(values.std()),
        "median": float(np.median(values)),
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
    }
