import numpy as np
import pytest

from builder.deployments.predict.latency import add_counts, bucket_of, quantile_ms


def test_quantiles_of_added_counts_are_those_of_all_values_within_a_twentieth():
    rng = np.random.default_rng(0)
    parts = [rng.lognormal(1, 0.7, 1000), rng.lognormal(2, 0.5, 3000)]
    counted = []
    for part in parts:
        counts: dict[str, int] = {}
        for value in part:
            counts[bucket_of(value)] = counts.get(bucket_of(value), 0) + 1
        counted.append(counts)
    total = add_counts(counted)
    everything = np.concatenate(parts)
    for share in (0.5, 0.95, 0.99):
        assert quantile_ms(total, share) == pytest.approx(np.quantile(everything, share), rel=0.05)


def test_no_requests_have_no_latency():
    assert quantile_ms({}, 0.5) is None
