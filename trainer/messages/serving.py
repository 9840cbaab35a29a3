"""Sentences about export and prediction."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "serving",
    {
        "scores_not_finite": Text(
            "The network gives no finite score for what comes next. Train it again with a lower rate.",
            "网络对下一个词元没有给出有限的分数。请用更小的学习率重新训练。",
        ),
        "export_refused": Text(
            "The network cannot be written as ONNX ({reason}), so PyTorch serves it.",
            "网络无法导出为 ONNX({reason}),因此由 PyTorch 提供服务。",
        ),
        "export_differs": Text(
            "With {rows} rows the ONNX network answers {difference:.3g} away from PyTorch, which is more than allowed, "
            "so PyTorch serves it.",
            "批量为 {rows} 行时,ONNX 网络与 PyTorch 的结果相差 {difference:.3g},超过允许范围,因此由 PyTorch 提供服务。",
        ),
        "export_shape": Text(
            "With {rows} rows the ONNX network answers the shape {received} where PyTorch answers {expected}, "
            "so PyTorch serves it.",
            "批量为 {rows} 行时,ONNX 网络的输出形状为 {received},而 PyTorch 为 {expected},因此由 PyTorch 提供服务。",
        ),
        "bundle_format": Text(
            "The exported model has format {received}; this installation reads format {expected}. Deploy it again.",
            "导出的模型格式为 {received},而此安装读取格式 {expected}。请重新部署。",
        ),
        "no_prediction": Text(
            "The graph has no Output that predicts. Turn on “predict” on one Output and train again.",
            "计算图中没有用于预测的输出节点。请在一个输出节点上打开“预测”,然后重新训练。",
        ),
        "tensor_names": Text(
            "The tensors expected are {expected}; received {received}.", "需要的张量为 {expected},收到 {received}。"
        ),
        "tensor_shape": Text(
            "Tensor {tensor} expects the shape {expected}, received {received}.",
            "张量 {tensor} 需要形状 {expected},收到 {received}。",
        ),
        "tensor_rows": Text(
            "All tensors must have the same number of rows; received {received}.",
            "所有张量的行数必须相同,收到 {received}。",
        ),
        "tensor_type": Text(
            "Tensor {tensor} expects {expected}, received {received}.",
            "张量 {tensor} 需要 {expected},收到 {received}。",
        ),
        "tensor_data": Text(
            "The data of tensor {tensor} are not {expected} numbers.", "张量 {tensor} 的数据不是 {expected} 个数字。"
        ),
    },
)
