"""Stored values of a column by its kind, and what is worth knowing of them."""

from typing import Any

import numpy as np
import polars as pl

from trainer.data.columns import Column, Kind

HISTOGRAM_BINS = 24
DAY_MICROSECONDS = 86_400_000_000
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y")
TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S")


def typed_values(series: pl.Series, kind: Kind) -> np.ndarray:
    """The values as encoders take them.

    Numbers are float64, dates float64 days since 1970, both NaN where missing; categories and texts are objects (text,
    or whole numbers where every category is one), None where missing.
    """
    match kind:
        case "number":
            return series.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
        case "date":
            moments = parse_dates(series)
            assert moments is not None, "a column of kind date holds dates"
            days = moments.cast(pl.Int64).cast(pl.Float64) / DAY_MICROSECONDS
            return days.fill_null(float("nan")).to_numpy()
        case "category" if series.dtype == pl.String and holds_whole_numbers(series):
            return (
                series.cast(pl.Int64).to_numpy(allow_copy=True).astype(object)
                if not series.null_count()
                else (np.array(series.cast(pl.Int64).to_list(), dtype=object))
            )
        case _:
            return np.array(series.to_list(), dtype=object)


def holds_whole_numbers(series: pl.Series) -> bool:
    """Whether every value is written as a whole number, without leading zeros or signs that would be lost."""
    values = series.drop_nulls().unique()
    return len(values) > 0 and bool(values.str.contains(r"^(0|-?[1-9][0-9]{0,17})$").all())


def parse_dates(series: pl.Series) -> pl.Series | None:
    """The values as moments (microseconds), or None where no one format reads them all."""
    if series.dtype != pl.String:
        return series.cast(pl.Datetime("us")) if series.dtype.is_temporal() else None
    for form in DATE_FORMATS + TIME_FORMATS:
        dtype = pl.Date if form in DATE_FORMATS else pl.Datetime("us")
        parsed = (
            series.str.to_datetime(form, strict=False) if dtype != pl.Date else series.str.to_date(form, strict=False)
        )
        if parsed.null_count() == series.null_count():
            return parsed.cast(pl.Datetime("us"))
    return None


def describe_column(name: str, kind: Kind, values: np.ndarray) -> Column:
    """Count, measure and draw one column of `typed_values`; for pictures uint8 [N, H, W, C]."""
    match kind:
        case "image":
            _, height, width, channels = values.shape
            return Column(name, kind, 0, {"height": height, "width": width, "channels": channels})
        case "number" | "date":
            missing = int(np.isnan(values).sum())
            return Column(name, kind, missing, _number_facts(values[~np.isnan(values)]))
        case "category":
            present = [value for value in values.tolist() if value is not None]
            found, counts = np.unique(np.array(present, dtype=object), return_counts=True)
            facts = {"values": found.tolist(), "num_classes": len(found), "counts": counts.tolist()}
            return Column(name, kind, len(values) - len(present), facts)
        case "text":
            texts = [value for value in values.tolist() if value is not None]
            words = [len(text.split()) for text in texts]
            facts = {"max_words": max(words, default=0), "min_words": min(words, default=0)}
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
