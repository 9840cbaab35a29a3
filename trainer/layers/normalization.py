"""Normalization: values centred and scaled, so that learning is steady."""

from collections.abc import Mapping
from typing import Any

from trainer.layers.entry import about, follows, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.messages.registry import Text

IMAGE = {"input": (((6, 5, 4), "float32"),)}


def _group_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    channels = shapes["input"][0][0]
    if channels % values["num_groups"]:
        found = {"count": channels, "other": "num_channels", "received": values["num_groups"]}
        return Fault("param.groups", "num_groups", found)
    return None


def _last_axes_fault(values: Mapping[str, Any], shapes: Shapes) -> Fault | None:
    wanted, shape = values["normalized_shape"], shapes["input"][0]
    wanted = [wanted] if isinstance(wanted, int) else list(wanted)
    if list(shape[len(shape) - len(wanted) :]) != wanted:
        found = {"expected": "×".join(map(str, wanted)), "received": "×".join(map(str, shape))}
        return Fault("shape.last_axes", "normalized_shape", found)
    return None


def _by_channel(
    name: str, ranks: tuple[int, ...], label: Text, summary: Text, *, example: tuple[int, ...], affine: bool
) -> Layer:
    return torch_layer(
        name,
        family="norm",
        icon="norm",
        label=label,
        summary=summary,
        params={"num_features": follows("input", 1)},
        inputs=(tensor(ranks=ranks),),
        example=Example(
            inputs={"input": ((example, "float32"),)},
            tries={
                "eps": (0.1, 0.5),
                "momentum": (0.5, 0.9),
                "affine": (not affine,),
                "track_running_stats": (not affine,),
                "bias": (False,),
            },
            with_params={} if affine else {"momentum": {"track_running_stats": True}, "bias": {"affine": True}},
        ),
    )


LAYERS = (
    _by_channel(
        "BatchNorm2d",
        (4,),
        Text("BatchNorm2d", "二维批归一化"),
        Text("Centres and scales each channel over the batch.", "在批次上对每个通道做中心化和缩放。"),
        example=(6, 5, 4),
        affine=True,
    ),
    _by_channel(
        "BatchNorm1d",
        (2, 3),
        Text("BatchNorm1d", "一维批归一化"),
        Text("The same for rows of numbers and for sequences.", "同样的操作，用于数的行和序列。"),
        example=(6,),
        affine=True,
    ),
    torch_layer(
        "LayerNorm",
        family="norm",
        icon="norm",
        label=Text("LayerNorm", "层归一化"),
        summary=Text("Centres and scales within each sample.", "在每个样本内部做中心化和缩放。"),
        params={"normalized_shape": follows(as_shape=True, optional=True)},
        inputs=(tensor(),),
        wrong=_last_axes_fault,
        example=Example(
            inputs=IMAGE,
            tries={
                "normalized_shape": ([5, 4], [6, 5, 4]),
                "eps": (0.1, 0.5),
                "elementwise_affine": (False,),
                "bias": (False,),
            },
        ),
    ),
    torch_layer(
        "RMSNorm",
        family="norm",
        icon="norm",
        label=Text("RMSNorm", "均方根归一化"),
        summary=Text("Scales within each sample, without centring.", "在每个样本内部缩放，不做中心化。"),
        params={"normalized_shape": follows(as_shape=True, optional=True)},
        inputs=(tensor(),),
        wrong=_last_axes_fault,
        example=Example(
            inputs=IMAGE,
            tries={"normalized_shape": ([5, 4], [6, 5, 4]), "eps": (0.1, 0.5), "elementwise_affine": (False,)},
        ),
    ),
    torch_layer(
        "GroupNorm",
        family="norm",
        icon="norm",
        label=Text("GroupNorm", "组归一化"),
        summary=Text(
            "Centres and scales groups of channels; does not mind small batches.",
            "按通道分组做中心化和缩放，不受小批次影响。",
        ),
        params={"num_channels": follows("input", 1), "num_groups": about()},
        inputs=(tensor(),),
        telling=("num_groups",),
        wrong=_group_fault,
        example=Example(
            inputs=IMAGE,
            params={"num_groups": 2},
            tries={"num_groups": (1, 3), "eps": (0.1, 0.5), "affine": (False,), "bias": (False,)},
        ),
    ),
    _by_channel(
        "InstanceNorm2d",
        (4,),
        Text("InstanceNorm2d", "二维实例归一化"),
        Text("Centres and scales each channel of each image by itself.", "对每幅图像的每个通道单独做中心化和缩放。"),
        example=(6, 5, 4),
        affine=False,
    ),
)
