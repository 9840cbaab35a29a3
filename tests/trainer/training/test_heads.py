"""Output nodes in training: torch's own losses, targets that fit, and clear words where they do not."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from trainer.errors import UserError
from trainer.methods.catalogue import LOSSES
from trainer.training.heads import Head, build_heads
from trainer.training.losses import Signed


def head(type_: str, loss_params: dict[str, Any] | None = None, *, wired: bool = False, **params: Any) -> Head:
    """The head of a graph with one Output."""
    part = LOSSES[type_]
    ports = [*part.inputs, *(["target"] if wired else [])]
    node = {"id": "n9", "name": "label", "type": "Output"}
    node["params"] = {"columns": ["y"], "loss": {"type": type_, "params": loss_params or {}}, **params}
    (built,) = build_heads(
        {"nodes": [node]},
        results=[("label", port) for port in ports],
        loss_weights={},
        encoders={},
    )
    return built


def loss_of(built: Head, *arriving: Tensor, target: Tensor | None = None) -> Tensor:
    return built.compare(arriving, [] if target is None else [target]).loss


torch.manual_seed(1)
SCORES = torch.randn(6, 3)
CLASSES = torch.randint(0, 3, (6,))
NUMBERS = torch.randn(6, 3)
LABELS = (torch.rand(6, 3) > 0.5).float()
SIGNS = LABELS * 2 - 1
CHANCES = SCORES.softmax(1)
VECTORS = torch.randn(3, 6, 4)


@pytest.mark.parametrize(
    ("loss", "params", "arriving", "target", "theirs"),
    [
        ("CrossEntropyLoss", {"label_smoothing": 0.1, "ignore_index": 2}, [SCORES], CLASSES, CLASSES),
        ("CrossEntropyLoss", {"reduction": "sum"}, [SCORES], CLASSES, CLASSES),
        ("NLLLoss", {}, [SCORES.log_softmax(1)], CLASSES, CLASSES),
        ("MultiMarginLoss", {"p": 2}, [SCORES], CLASSES, CLASSES),
        ("BCEWithLogitsLoss", {}, [SCORES], LABELS, LABELS),
        ("BCELoss", {}, [CHANCES], LABELS, LABELS),
        ("MultiLabelSoftMarginLoss", {}, [SCORES], LABELS, LABELS),
        ("SoftMarginLoss", {"reduction": "sum"}, [SCORES], LABELS, SIGNS),
        ("HingeEmbeddingLoss", {"margin": 0.5}, [SCORES.abs()], LABELS, SIGNS),
        ("MSELoss", {"reduction": "sum"}, [SCORES], NUMBERS, NUMBERS),
        ("L1Loss", {}, [SCORES], NUMBERS, NUMBERS),
        ("HuberLoss", {"delta": 0.5}, [SCORES], NUMBERS, NUMBERS),
        ("SmoothL1Loss", {"beta": 0.5}, [SCORES], NUMBERS, NUMBERS),
        ("PoissonNLLLoss", {"full": True}, [SCORES], NUMBERS.abs().round(), NUMBERS.abs().round()),
        ("CosineEmbeddingLoss", {"margin": 0.1}, [VECTORS[0], VECTORS[1]], LABELS[:, :1], SIGNS[:, 0]),
        ("MarginRankingLoss", {"margin": 0.1}, [SCORES, NUMBERS], LABELS, SIGNS),
    ],
)
def test_losses_are_those_of_torch(
    loss: str, params: dict[str, Any], arriving: list[Tensor], target: Tensor, theirs: Tensor
) -> None:
    expected = getattr(nn, loss)(**params)(*arriving, theirs)
    assert loss_of(head(loss, params), *arriving, target=target).equal(expected)


def test_gaussian_loss_takes_the_variance_from_its_own_port() -> None:
    variance = NUMBERS.square() + 0.1
    expected = F.gaussian_nll_loss(SCORES, NUMBERS, variance, full=True)
    assert loss_of(head("GaussianNLLLoss", {"full": True}), SCORES, variance, target=NUMBERS).equal(expected)


def test_margin_between_labels_takes_labels_and_not_their_indices() -> None:
    target = torch.tensor([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    theirs = torch.tensor([[1, 2, -1], [-1, -1, -1], [0, -1, -1]])
    expected = F.multilabel_margin_loss(SCORES[:3], theirs)
    assert loss_of(head("MultiLabelMarginLoss"), SCORES[:3], target=target).equal(expected)


def test_triplets_need_no_target_and_know_four_distances() -> None:
    assert loss_of(head("TripletMarginLoss", {"swap": True}), *VECTORS).equal(
        F.triplet_margin_loss(*VECTORS, swap=True)
    )
    near, far = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    expected = {"euclidean": math.sqrt(10), "squared": 10.0, "manhattan": 4.0, "cosine": 1.0}
    for name, distance in expected.items():
        built = head("TripletMarginWithDistanceLoss", {"distance_function": name, "margin": 20.0})
        assert loss_of(built, near, near, far).item() == pytest.approx(20 - distance, abs=1e-4)


def test_ctc_reads_targets_up_to_their_blanks() -> None:
    torch.manual_seed(5)
    chances = torch.randn(2, 7, 4).log_softmax(-1)
    target = torch.tensor([[1, 2, 0, 0], [3, 1, 1, 2]])
    expected = F.ctc_loss(chances.transpose(0, 1), target, torch.tensor([7, 7]), torch.tensor([2, 4]))
    assert loss_of(head("CTCLoss", wired=True), chances, target).item() == pytest.approx(expected.item())


def test_divergence_from_the_standard_normal_distribution() -> None:
    mu, logvar = VECTORS[0], VECTORS[1]
    ours = loss_of(head("KLDivNormal"), mu, logvar)
    normal = torch.distributions.Normal
    each = torch.distributions.kl_divergence(normal(mu, (logvar / 2).exp()), normal(0.0, 1.0))
    assert ours.item() == pytest.approx(each.sum(1).mean().item(), rel=1e-5)
    total = loss_of(head("KLDivNormal", {"reduction": "sum"}), mu, logvar)
    assert total.item() == pytest.approx(each.sum().item(), rel=1e-5)


def test_penalty_is_the_mean() -> None:
    assert loss_of(head("Penalty"), torch.tensor([[1.0, 2.0], [3.0, 6.0]])).item() == 3.0


def test_kl_divergence_is_measured_from_a_wire_into_which_no_gradient_flows() -> None:
    scores, teacher = SCORES.clone().requires_grad_(), NUMBERS.clone().requires_grad_()
    built = head("KLDivLoss", {"reduction": "batchmean"}, wired=True)
    loss = loss_of(built, scores.log_softmax(1), teacher.softmax(1))
    assert loss.equal(F.kl_div(scores.log_softmax(1), teacher.softmax(1), reduction="batchmean"))
    loss.backward()
    assert scores.grad is not None
    assert teacher.grad is None


def test_the_next_token_is_compared_with_the_scores_of_each_step() -> None:
    torch.manual_seed(3)
    following, scores = torch.randint(0, 11, (2, 5)), torch.randn(2, 5, 11)
    built = head("CrossEntropyLoss", columns=[], target="next_token", metrics=["accuracy"])
    compared = built.compare([scores], [following])
    expected = F.cross_entropy(scores.reshape(10, 11), following.reshape(10))
    assert compared.loss.item() == pytest.approx(expected.item())
    assert compared.target is not None
    assert compared.target.equal(following)


def test_metrics_read_yes_where_the_loss_means_yes() -> None:
    chances = torch.tensor([[0.4], [0.6]])
    target = torch.tensor([[0.0], [1.0]])
    assert (head("BCELoss").read(chances) > 0).equal(target.bool())
    assert (head("BCELoss", threshold=0.7).read(chances) > 0).equal(torch.tensor([[False], [False]]))
    assert (head("BCEWithLogitsLoss", threshold=0.3).read(chances.logit()) > 0).all()
    assert (head("HingeEmbeddingLoss").read(torch.tensor([[0.9], [0.1]])) > 0).equal(target.bool())
    assert head("PoissonNLLLoss").read(torch.tensor([0.0])).item() == 1.0


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_of_the_catalogue_can_be_built_with_its_defaults(loss: str) -> None:
    built = head(loss).loss
    inner = built.loss if isinstance(built, Signed) else built
    assert isinstance(inner, getattr(nn, loss, nn.Module))
    assert head(loss).arriving == tuple(range(len(LOSSES[loss].inputs)))
    assert (head(loss).target is not None) == LOSSES[loss].target


def test_target_of_one_number_a_row_fits_an_output_without_that_axis() -> None:
    built = head("MSELoss")
    assert built.align(torch.zeros(4), torch.ones(4, 1)).shape == (4,)
    assert built.align(torch.zeros(4, 1), torch.ones(4)).shape == (4, 1)
    assert head("CrossEntropyLoss").align(torch.zeros(4, 3), torch.zeros(4, 1, dtype=torch.int64)).shape == (4,)


@pytest.mark.parametrize(
    ("loss", "output", "target"),
    [
        ("MSELoss", torch.zeros(4, 2), torch.zeros(4, 1)),
        ("L1Loss", torch.zeros(4, 1), torch.zeros(1, 4)),
        ("BCEWithLogitsLoss", torch.zeros(4, 3), torch.zeros(4, 1)),
        ("CrossEntropyLoss", torch.zeros(4, 3, 2), torch.zeros(4, dtype=torch.int64)),
        ("CrossEntropyLoss", torch.zeros(4), torch.zeros(4, dtype=torch.int64)),
        ("CosineEmbeddingLoss", torch.zeros(4, 3), torch.zeros(4, 3)),
    ],
)
def test_nothing_is_broadcast_in_silence(loss: str, output: Tensor, target: Tensor) -> None:
    with pytest.raises(UserError) as refused:
        head(loss).align(output, target)
    assert refused.value.code == "training.target_shape"
    assert refused.value.path == "n9"


def test_several_outputs_find_their_own_tensors_and_columns() -> None:
    def node(name: str, loss: str, **params: Any) -> dict[str, Any]:
        params |= {"loss": {"type": loss, "params": {}}}
        return {"id": name, "name": name, "type": "Output", "params": params}

    nodes = [
        node("rebuilt", "MSELoss"),
        node("latent", "KLDivNormal", columns=["left over"]),
        node("price", "L1Loss", columns=["price"], loss_weight=0.5),
        node("kind", "CrossEntropyLoss", columns=["kind"], loss_weight=3),
    ]
    results = [("rebuilt", "input"), ("rebuilt", "target"), ("latent", "mu"), ("latent", "logvar")]
    results += [("price", "input"), ("kind", "input")]
    built = build_heads({"nodes": nodes}, results=results, loss_weights={"kind": 2.0}, encoders={})
    assert [one.arriving for one in built] == [(0,), (2, 3), (4,), (5,)]
    assert [one.weight for one in built] == [1.0, 1.0, 0.5, 2.0]
    assert [one.target and (one.target.origin, one.target.place) for one in built] == [
        ("wire", 1),
        None,
        ("column", 0),
        ("column", 1),
    ]


@pytest.mark.parametrize(
    ("params", "code", "path"),
    [
        ({}, "training.no_loss", "nodes.n9.params.loss"),
        ({"loss": {"type": "eval"}}, "training.unknown_type", "nodes.n9.params.loss.type"),
        ({"loss": {"type": "MSELoss"}, "metrics": ["accuracy"]}, "training.metric_unfit", "nodes.n9.params.metrics"),
        ({"loss": {"type": "MSELoss"}, "metrics": ["bleu"]}, "training.unknown_type", "nodes.n9.params.metrics"),
        ({"loss": {"type": "MSELoss"}}, "training.no_target", "nodes.n9.params.columns"),
    ],
)
def test_what_an_output_lacks_is_said(params: dict[str, Any], code: str, path: str) -> None:
    node = {"id": "n9", "name": "label", "type": "Output", "params": params}
    with pytest.raises(UserError) as refused:
        build_heads({"nodes": [node]}, results=[("label", "input")], loss_weights={}, encoders={})
    assert (refused.value.code, refused.value.path) == (code, path)
