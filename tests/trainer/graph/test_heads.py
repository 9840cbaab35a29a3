"""What reaches an Output fits its loss, and its target has one origin; or a problem says what was expected."""

from typing import Any

import pytest

from tests.trainer.graph.documents import document, graph, image_facts, node, text_facts
from trainer.data.columns import DataFacts
from trainer.graph.analysis import examine


def numbers(width: int = 4, **more: Any) -> dict[str, Any]:
    return node("x", "Input", shape=[width], dtype="float32", **more)


def end(loss: str, **more: Any) -> dict[str, Any]:
    return node("out", "Output", loss={"type": loss, "params": {}}, **more)


def dense(name: str, width: int) -> dict[str, Any]:
    return node(name, "Linear", out_features=width)


def tokens(name: str = "words", steps: int = 5) -> dict[str, Any]:
    return node(name, "Input", shape=[steps], dtype="int64")


EMBED = node("table", "Embedding", num_embeddings=9, embedding_dim=6)
FITTING: dict[str, tuple[list[dict[str, Any]], str]] = {
    "autoencoder": ([numbers(), dense("a", 4), end("MSELoss")], "x>a a>out x>out.target"),
    "divergence": ([numbers(), dense("a", 3), dense("b", 3), end("KLDivNormal")], "x>a x>b a>out.mu b>out.logvar"),
    "gaussian": (
        [numbers(), dense("a", 4), node("b", "Softplus"), end("GaussianNLLLoss")],
        "x>a a>b a>out b>out.var x>out.target",
    ),
    "language": (
        [tokens(), EMBED, dense("a", 9), end("CrossEntropyLoss", target="next_token")],
        "words>table table>a a>out",
    ),
    "class from a wire": ([numbers(), tokens(steps=1), dense("a", 3), end("NLLLoss")], "x>a a>out words>out.target"),
    "pair": (
        [numbers(), node("y", "Input", shape=[1], dtype="float32"), dense("a", 3), end("CosineEmbeddingLoss")],
        "x>a a>out.input1 a>out.input2 y>out.target",
    ),
}
BROKEN: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "port that is missing": ([numbers(), dense("a", 3), end("KLDivNormal")], "x>a a>out.mu", "port.missing"),
    "port that another loss has": ([numbers(), end("Penalty")], "x>out x>out.target", "edge.dangling"),
    "ports of different shapes": (
        [numbers(), dense("a", 3), dense("b", 2), end("MarginRankingLoss")],
        "x>a x>b a>out.input1 b>out.input2",
        "output.ports_differ",
    ),
    "indices where numbers are wanted": ([tokens(), end("Penalty")], "words>out", "output.dtype"),
    "scores in a picture": (
        [node("x", "Input", shape=[3, 4], dtype="float32"), end("MultiMarginLoss")],
        "x>out",
        "output.rank",
    ),
    "target of another shape": (
        [numbers(), dense("a", 3), end("MSELoss")],
        "x>a a>out x>out.target",
        "output.target_shape",
    ),
    "target of another type": (
        [numbers(), tokens(steps=4), end("L1Loss")],
        "x>out words>out.target",
        "output.target_dtype",
    ),
    "class given as a number": (
        [numbers(), dense("a", 3), end("NLLLoss")],
        "x>a a>out x>out.target",
        "output.target_dtype",
    ),
    "two targets": ([numbers(), end("MSELoss", columns=["y"])], "x>out x>out.target", "output.two_targets"),
    "next token of nothing": (
        [numbers(), dense("a", 9), end("CrossEntropyLoss", target="next_token")],
        "x>a a>out",
        "output.no_tokens",
    ),
    "one answer for a whole text": (
        [tokens(), EMBED, node("mean", "Mean", dim=[1]), dense("a", 9), end("CrossEntropyLoss", target="next_token")],
        "words>table table>mean mean>a a>out",
        "output.steps",
    ),
}


def language(num_scores: int = 64, **more: Any) -> list[dict[str, Any]]:
    encoder = {"vocab_size": 64, "max_length": 8}
    return [
        node("words", "Input", columns=["review"], encoder=encoder),
        node("table", "Embedding", num_embeddings=64, embedding_dim=4),
        dense("a", num_scores),
        end("CrossEntropyLoss", target="next_token", **more),
    ]


ROW = "words>table table>a a>out"


def test_a_network_that_learns_the_next_token_of_a_text_column_has_no_problem() -> None:
    assert codes(language(), ROW, text_facts()) == []
    assert codes(language(80), ROW, text_facts()) == []  # more scores than tokens do no harm


def test_too_few_scores_for_the_vocabulary_are_said() -> None:
    assert codes(language(60), ROW, text_facts()) == ["output.vocabulary"]


def test_an_embedding_smaller_than_the_vocabulary_is_said() -> None:
    nodes = language()
    nodes[0]["params"]["encoder"]["vocab_size"] = 65
    assert set(codes(nodes, ROW, text_facts())) == {"embed.range", "output.vocabulary"}


def test_the_size_of_the_vocabulary_is_known_to_other_nodes() -> None:
    nodes = language()
    nodes[1]["params"]["num_embeddings"] = nodes[2]["params"]["out_features"] = {"$data": "review.vocab_size"}
    assert codes(nodes, ROW, text_facts()) == []


def test_a_whole_text_goes_in_and_is_compared_alone() -> None:
    kind = node("kind", "Output", loss={"type": "CrossEntropyLoss", "params": {}}, columns=["score"])
    other = [dense("b", 2), kind]
    beside = [*language(), node("mean", "Mean", dim=[1]), *other]
    assert "data.whole_text_alone" in codes(beside, f"{ROW} table>mean mean>b b>kind", text_facts())
    categories = language()
    categories[0]["params"] = {"columns": ["score"]}
    assert "data.whole_text_alone" in codes(categories, ROW, text_facts())


def test_settings_that_an_encoder_does_not_take_are_said() -> None:
    nodes = language()
    nodes[0]["params"]["encoder"] = {"tokens": "syllables"}
    assert "data.bad_setting" in codes(nodes, ROW, text_facts())


def codes(nodes: list[dict[str, Any]], wires: str, facts: DataFacts | None = None) -> list[str]:
    """The codes of the problems; advice on what works and is probably not meant has tests of its own."""
    problems = examine(document(graph(nodes, wires)), facts=facts).problems
    return [problem.code for problem in problems if not problem.code.startswith("advice.")]


@pytest.mark.parametrize("name", FITTING)
def test_what_fits_has_no_problem(name: str) -> None:
    assert codes(*FITTING[name]) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_said(name: str) -> None:
    *broken, code = BROKEN[name]
    assert code in codes(*broken)


@pytest.mark.parametrize(
    ("output", "wires", "expected"),
    [
        (end("MSELoss", columns=["weight"]), "", []),
        (end("PoissonNLLLoss", columns=["weight"]), "", []),
        (end("MSELoss"), "", ["output.no_target"]),
        (end("MSELoss"), " x>out.target", ["output.target_shape"]),
        (end("KLDivLoss"), "", ["output.no_wired_target"]),
        (end("MultiLabelMarginLoss", columns=["label"]), "", ["data.no_column_target"]),
        (end("BCELoss", columns=["label"]), "", ["data.target_not_binary"]),
        (end("Penalty", columns=["weight"]), "", ["output.target_unused"]),
        (end("Penalty"), "", []),
        (end("L1Loss", columns=["price"]), "", ["data.no_column"]),
    ],
)
def test_targets_are_compared_with_the_data_set(output: dict[str, Any], wires: str, expected: list[str]) -> None:
    nodes = [node("x", "Input", columns=["more", "most"]), dense("a", 1), output]
    manifest = image_facts()
    more = manifest.columns["weight"]
    facts = DataFacts({**manifest.columns, "more": more, "most": more}, 100, manifest.splits, "label")
    assert codes(nodes, f"x>a a>out{wires}", facts) == expected
