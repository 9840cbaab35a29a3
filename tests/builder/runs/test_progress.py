from builder.runs.progress import changes_of_events, rewound_summary, sparkline


def epoch(number: int, **values: float) -> dict:
    return {"type": "epoch", "epoch": number, "step": 10 * number, "values": {f"val/{k}": v for k, v in values.items()}}


def test_the_row_follows_the_events():
    best = {"type": "checkpoint", "step": 10, "epoch": 1, "kinds": ["last", "best"], "metrics": {"val/accuracy": 0.8}}
    point = {"type": "point", "step": 11, "values": {"train/loss": [0.3, 0.2], "rate": [0.1, 0.05]}}
    changes = changes_of_events({}, [epoch(1, loss=0.5, accuracy=0.8), best, point])
    assert (changes["step"], changes["epoch"]) == (12, 1)
    assert changes["summary"]["best"] == {"step": 10, "epoch": 1, "values": {"val/accuracy": 0.8}}
    assert changes["summary"]["rate"] == 0.05


def test_a_metric_is_followed_rather_than_the_loss_and_the_loss_where_there_is_no_metric():
    with_metric = changes_of_events({}, [epoch(1, loss=0.5, accuracy=0.8), epoch(2, loss=0.4, accuracy=0.9)])
    assert (with_metric["summary"]["metric"], sparkline(with_metric["summary"])) == ("val/accuracy", [0.8, 0.9])
    without = changes_of_events({}, [epoch(1, loss=0.5)])
    assert (without["summary"]["metric"], sparkline(without["summary"])) == ("val/loss", [0.5])


def test_the_summary_given_is_not_changed():
    summary = {"history": [[1, 10, 0.8]], "metric": "val/accuracy"}
    changes_of_events(summary, [epoch(2, accuracy=0.9)])
    assert summary == {"history": [[1, 10, 0.8]], "metric": "val/accuracy"}


def test_a_rewind_forgets_the_epochs_after_it():
    summary = changes_of_events({}, [epoch(n, accuracy=n / 10) for n in (1, 2, 3)])["summary"]
    assert sparkline(rewound_summary(summary, 20)) == [0.1, 0.2]


def test_a_sparkline_of_many_epochs_is_short_and_keeps_its_ends():
    summary = changes_of_events({}, [epoch(n, accuracy=n / 1000) for n in range(1, 1000)])["summary"]
    line = sparkline(summary)
    assert len(line) == 40
    assert (line[0], line[-1]) == (0.001, 0.999)
    assert line == sorted(line)
