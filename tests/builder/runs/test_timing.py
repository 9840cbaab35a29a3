from builder.runs.timing import trained_rows

MANIFEST = {"splits": {"train": 80, "val": 10, "test": 10}}


def test_rows_of_a_table_are_those_that_train():
    graph = {"nodes": [{"type": "Output", "params": {"columns": ["label"]}}]}
    assert trained_rows(graph, MANIFEST) == 80


def test_rows_of_a_text_are_not_those_of_the_network_that_learns_what_comes_next():
    graph = {"nodes": [{"type": "Output", "params": {"target": "next_token"}}]}
    assert trained_rows(graph, MANIFEST) is None
