"""Normalization: values centred and scaled, so that learning is steady."""

from collections.abc import Mapping
from typing import Any, Final

from trainer.layers.entry import about, follows, tensor, torch_layer
from trainer.layers.spec import Example, Fault, Layer, Shapes
from trainer.layers.windows import KINDS
from trainer.messages.registry import Text

IMAGE: Final = {"input": (((6, 5, 4), "float32"),)}
BATCH: Final = r"y = \frac{x - \mathrm{E}_B[x]}{\sqrt{\mathrm{Var}_B[x] + \epsilon}}"
INSTANCE: Final = r"y = \frac{x - \mathrm{E}_c[x]}{\sqrt{\mathrm{Var}_c[x] + \epsilon}}"
SAMPLE: Final = r"y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}}"
LEARNED: Final = r" \odot \gamma + \beta"
SINGLE: Final = (Text("sequence", "序列"), Text("image", "图像"), Text("volume", "体数据"))


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
    name: str,
    ranks: tuple[int, ...],
    label: Text,
    summary: Text,
    *,
    example: tuple[int, ...],
    affine: bool,
) -> Layer:
    return torch_layer(
        name,
        family="norm",
        icon="norm",
        label=label,
        summary=summary,
        formula=(BATCH if affine else INSTANCE) + LEARNED,
        params={"num_features": follows("input", 1)},
        hidden=frozenset({"process_group"}) if name == "SyncBatchNorm" else frozenset(),
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


def _neighbours(name: str, label: Text, summary: Text, ranks: tuple[int, ...]) -> Layer:
    """Channels held against their neighbours, as AlexNet did."""
    return torch_layer(
        name,
        family="norm",
        icon="norm",
        label=label,
        summary=summary,
        formula=r"y_c = x_c \Bigl(k + \frac{\alpha}{n} \sum_{c'} x_{c'}^2\Bigr)^{-\beta}",
        params={
            "size": about(
                Text("Neighbours", "邻域大小"),
                Text("How many channels are looked at together.", "一起考虑多少个相邻通道。"),
                minimum=2 if name == "CrossMapLRN2d" else 1,  # torch's older form has no backward pass for 1
                important=True,
            ),
            "alpha": about(
                Text("Strength", "强度"), Text("How much the neighbours weigh.", "邻近通道的影响大小。"), minimum=0
            ),
            "beta": about(
                Text("Power", "幂次"), Text("How sharply it damps.", "抑制的陡峭程度。"), minimum=0, above=None
            ),
            "k": about(
                Text("Offset", "偏移"),
                Text("Added before the power, so that nothing is divided by zero.", "取幂前加上的数，避免除以零。"),
                kind="float",
                above=0,
            ),
        },
        inputs=(tensor(ranks=ranks),),
        telling=("size",),
        example=Example(
            inputs=IMAGE,
            params={"size": 3, "alpha": 0.5},
            tries={"size": (2, 5), "alpha": (0.1, 1.0), "beta": (0.25, 1.5), "k": (0.5, 2.0)},
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
    _by_channel(
        "BatchNorm3d",
        (5,),
        Text("BatchNorm3d", "三维批归一化"),
        Text("The same for volumes.", "同样的操作，用于体数据。"),
        example=(6, 3, 2, 2),
        affine=True,
    ),
    _by_channel(
        "SyncBatchNorm",
        (2, 3, 4, 5),
        Text("SyncBatchNorm", "同步批归一化"),
        Text(
            "Batch normalization over the batches of all devices together; on one device it is BatchNorm.",
            "在所有设备的批次上一起做批归一化；只有一个设备时即 BatchNorm。",
        ),
        example=(6, 5, 4),
        affine=True,
    ),
    torch_layer(
        "LayerNorm",
        family="norm",
        icon="norm",
        label=Text("LayerNorm", "层归一化"),
        summary=Text("Centres and scales within each sample.", "在每个样本内部做中心化和缩放。"),
        formula=SAMPLE + LEARNED,
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
        formula=r"y = \frac{x}{\sqrt{\frac{1}{n} \sum_i x_i^2 + \epsilon}} \odot \gamma",
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
        formula=r"y = \frac{x - \mathrm{E}_g[x]}{\sqrt{\mathrm{Var}_g[x] + \epsilon}}" + LEARNED,
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
    *(
        _by_channel(
            f"InstanceNorm{axes}d",
            (axes + 2,),
            Text(f"InstanceNorm{axes}d", f"{KINDS[axes - 1].zh}实例归一化"),
            Text(
                f"Centres and scales each channel of each {SINGLE[axes - 1].en} by itself.",
                f"对每个{SINGLE[axes - 1].zh}的每个通道单独做中心化和缩放。",
            ),
            example=(6, 5, 4, 3)[: axes + 1],
            affine=False,
        )
        for axes in (2, 1, 3)
    ),
    _neighbours(
        "LocalResponseNorm",
        Text("LocalResponseNorm", "局部响应归一化"),
        Text(
            "Damps a channel where its neighbours answer strongly, as AlexNet did.",
            "相邻通道响应强时抑制该通道，AlexNet 采用。",
        ),
        (3, 4, 5),
    ),
    _neighbours(
        "CrossMapLRN2d",
        Text("CrossMapLRN2d", "跨通道局部响应归一化"),
        Text("The same for images, in torch's older form.", "同样的操作，用于图像，是 torch 的旧形式。"),
        (4,),
    ),
)
