"""Latencies counted in buckets that grow by a twentieth each: counts of many minutes add up to true quantiles."""

import math
from collections.abc import Iterable, Mapping

GROWTH = math.log(1.05)
SMALLEST_MS = 0.01


def bucket_of(latency_ms: float) -> str:
    return str(math.ceil(math.log(latency_ms / SMALLEST_MS) / GROWTH)) if latency_ms > SMALLEST_MS else "0"


def add_counts(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in counts:
        for bucket, count in part.items():
            total[bucket] = total.get(bucket, 0) + count
    return total


def quantile_ms(counts: Mapping[str, int], share: float) -> float | None:
    """The latency that `share` of the requests stayed under, within a twentieth; None without requests."""
    total = sum(counts.values())
    if not total:
        return None
    seen, reached = 0, 0
    for bucket in sorted(int(bucket) for bucket in counts):
        seen += counts[str(bucket)]
        reached = bucket
        if seen >= share * total:
            break
    return round(SMALLEST_MS * math.exp(GROWTH * (reached - 0.5)), 3)
