from builder.deployments.predict.limits import Limiter


def test_burst_of_twice_the_rate_passes_and_then_the_rate():
    limiter = Limiter()
    assert [limiter.take("a", 5, now=0.0) for _ in range(11)] == [0] * 10 + [1]
    assert limiter.take("a", 5, now=0.1) == 1
    assert limiter.take("a", 5, now=0.2) == 0
    assert limiter.take("a", 5, now=0.3) == 1


def test_one_key_does_not_use_up_another():
    limiter = Limiter()
    while limiter.take("a", 1, now=0.0) == 0:
        pass
    assert limiter.take("b", 1, now=0.0) == 0


def test_keys_not_seen_for_longest_are_forgotten():
    limiter = Limiter(max_keys=2)
    for _ in range(3):
        limiter.take("a", 1, now=0.0)
    limiter.take("b", 1, now=0.0)
    limiter.take("c", 1, now=0.0)
    assert limiter.take("a", 1, now=0.0) == 0
