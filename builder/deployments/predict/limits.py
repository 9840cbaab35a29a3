"""A token bucket a key, in this process: no round trip a request."""

import math
import time
from collections import OrderedDict


class Limiter:
    """`requests_per_second` on average, twice that at once. Forgets the keys that were not seen for longest."""

    def __init__(self, max_keys: int = 10_000) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._max_keys = max_keys

    def take(self, key: str, requests_per_second: int, now: float | None = None) -> int:
        """0 where the request may pass, else the whole seconds to wait before the next one."""
        now = time.monotonic() if now is None else now
        capacity = 2.0 * requests_per_second
        tokens, seen = self._buckets.pop(key, (capacity, now))
        tokens = min(capacity, tokens + (now - seen) * requests_per_second)
        allowed = tokens >= 1.0
        self._buckets[key] = (tokens - 1.0 if allowed else tokens, now)
        if len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        return 0 if allowed else max(1, math.ceil((1.0 - tokens) / max(requests_per_second, 1)))
