"""What a person is told about an imported model: the report's lines, the refusals, and the locked node's problem."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "import",
    {
        # Refusals
        "too_large": Text(
            "The file has {size:,} bytes; at most {limit:,} are taken. Try a smaller model.",
            "文件有 {size:,} 字节，最多 {limit:,} 字节。请尝试更小的模型。",
        ),
        "empty": Text(
            "The file is empty: it was not saved or downloaded to its end. Save or download it again.",
            "文件为空：保存或下载未完成。请重新保存或下载。",
        ),
        "too_many_layers": Text(
            "The model comes to more than {limit:,} layers, which is the most a graph may have.",
            "模型超过 {limit:,} 层，已达到图的上限。",
        ),
        "too_many_parts": Text(
            "The file falls into more than {limit:,} parts. No model needs so many; it was not read.",
            "文件包含超过 {limit:,} 个部分，超出正常模型所需，未读取。",
        ),
        "unknown_format": Text(
            "“{name}” is not a file that can be imported. Taken are ONNX (.onnx), Keras (.keras, .h5), a "
            "Layerloom graph or a Keras model as .json, and weights as .safetensors.",
            "无法导入“{name}”。可导入：ONNX（.onnx）、Keras（.keras、.h5）、.json 格式的 Layerloom 图或 Keras 模型，"
            "以及 .safetensors 权重。",
        ),
        "pickle": Text(
            "“{name}” may hold a program that runs when it is opened, so it is not taken. In PyTorch, save the weights "
            'with safetensors.torch.save_file(model.state_dict(), "weights.safetensors"), or the model with '
            'torch.onnx.export(model, inputs, "model.onnx").',
            "“{name}”打开时可能执行程序，因此不予接受。请在 PyTorch 中用 "
            'safetensors.torch.save_file(model.state_dict(), "weights.safetensors") 保存权重，或用 '
            'torch.onnx.export(model, inputs, "model.onnx") 导出模型。',
        ),
        "keras_link": Text(
            "“{name}” points out of the file, or at other places in it. Such links are not followed; save the model "
            "again as one .keras file.",
            "“{name}”指向文件之外或文件中的其他位置，此类链接不会被读取；请将模型重新保存为单个 .keras 文件。",
        ),
        "keras_no_model": Text(
            "The file has the weights of a Keras model and not its layers. Add what model.to_json() gives as a .json "
            'file beside it, or save both as one with model.save("model.keras").',
            "文件只有 Keras 模型的权重，没有各层。请同时提供 model.to_json() 得到的 .json 文件，"
            '或用 model.save("model.keras") 保存为一个文件。',
        ),
        "broken_onnx": Text(
            "This is not an ONNX model that can be read: {reason}. Export or download it again.",
            "无法读取此 ONNX 模型：{reason}。请重新导出或下载。",
        ),
        "external_data": Text(
            "The model keeps its weights in other files, which are not followed. Save it as one file: "
            "onnx.save(model, path, save_as_external_data=False).",
            "模型把权重存放在其他文件中，这些文件不会被读取。请保存为单个文件："
            "onnx.save(model, path, save_as_external_data=False)。",
        ),
        "no_outputs": Text(
            "The model has no {what}. There is nothing to draw.",
            "模型没有{what}，无可绘制的内容。",
        ),
        "open_axis": Text(
            "The input “{name}” has the shape {shape}: besides the batch, every axis needs a size. Export the model "
            "with fixed sizes.",
            "输入“{name}”的形状为 {shape}：除批次外，每个轴都必须有固定大小。请以固定大小导出模型。",
        ),
        "broken_safetensors": Text(
            "This is not a safetensors file that can be read: {reason}. Save or download it again.",
            "无法读取此 safetensors 文件：{reason}。请重新保存或下载。",
        ),
        "broken_keras": Text(
            "This is not a Keras model that can be read: {reason}",
            "无法读取此 Keras 模型：{reason}",
        ),
        "keras_no_layers": Text(
            "A model of the class {kind} keeps its layers in a program, which is not in the file. Models that are "
            "Sequential or Functional can be imported; others as ONNX: "
            'model.export("model.onnx", format="onnx").',
            "类 {kind} 的模型把各层写在程序中，而程序不在文件里。可导入 Sequential 或 Functional 模型；"
            "其他模型请导出为 ONNX："
            'model.export("model.onnx", format="onnx")。',
        ),
        "keras_no_shape": Text(
            "The model does not say which shape its input “{name}” has. Give it one before it is saved: "
            "model.build((None, 28, 28, 1)), with the sizes of your data.",
            "模型没有说明输入“{name}”的形状。请在保存前指定，例如 model.build((None, 28, 28, 1))，并使用您数据的尺寸。",
        ),
        "no_graph": Text(
            "Weights alone make no graph. Choose the graph they are for (.json) together with them.",
            "仅有权重无法构成图，请同时选择对应的图（.json）。",
        ),
        "called_off": Text(
            "The import was called off, so it was ended and nothing was kept. Begin it again.",
            "导入已取消：已结束，且未保存任何内容。需要时请重新导入。",
        ),
        "replaced": Text(
            "You began another import, so this one was ended.",
            "您已开始另一次导入，此次导入已结束。",
        ),
        "failed": Text(
            "Reading this file took too much time or memory and was stopped. Try a smaller model.",
            "读取此文件占用的时间或内存过多，已停止。请尝试更小的模型。",
        ),
        # The report
        "from_onnx": Text(
            "ONNX model of {producer}, operator set {opset}. Operations read: {operations}; layers made: {layers}.",
            "来自 {producer} 的 ONNX 模型，算子集 {opset}。读取操作 {operations} 个，生成层 {layers} 个。",
        ),
        "from_keras": Text(
            "Keras model “{name}” ({kind}): it became {layers} layers.",
            "Keras 模型“{name}”（{kind}）：变为 {layers} 层。",
        ),
        "keras_channels_first": Text(
            "“{name}” has its channels first here, {shape}, where Keras has them last, {theirs}.",
            "“{name}”在此处通道在前：{shape}；Keras 中通道在后：{theirs}。",
        ),
        "keras_open_size": Text(
            "The input “{name}” leaves sizes open, {shape}; {taken} stands for it until data is chosen.",
            "输入“{name}”的尺寸未定：{shape}；选择数据之前以 {taken} 代替。",
        ),
        "keras_left_out": Text(
            "{name}: {what} has no counterpart and was left out. It matters in training alone, or between batches.",
            "{name}：{what} 没有对应项，已忽略。它只在训练时或批次之间起作用。",
        ),
        "keras_mask": Text(
            "{name} hides padded steps from the layers behind it. Here those steps count: answers differ for sequences "
            "that are padded.",
            "{name} 会对后面的层隐藏填充的步。在此这些步会计入：含填充的序列，结果会不同。",
        ),
        "from_document": Text("A graph of Layerloom. Layers: {layers}.", "Layerloom 图，共 {layers} 层。"),
        "tied": Text(
            "{names}: has weights of another layer, which the file writes twice; they stay one and train together.",
            "{names}：使用另一层的权重（文件中写了两份）；它们仍为同一份，一起训练。",
        ),
        "weights_taken": Text(
            "{count} tensors of weights were taken, {parameters:,} numbers.",
            "已取得 {count} 个权重张量，共 {parameters:,} 个数。",
        ),
        "no_weights": Text(
            "The file has no weights: the layers begin with random ones.",
            "文件中没有权重：各层将以随机权重开始。",
        ),
        "verified": Text(
            "On random input the graph answers as ONNX Runtime does with the file; the largest difference is "
            "{difference} of the largest number.",
            "随机输入下，图与 ONNX Runtime 运行原文件的结果一致，最大差异为最大数值的 {difference}。",
        ),
        "differs": Text(
            "On random input the graph answers differently from ONNX Runtime with the file, by up to {difference} of "
            "the largest number. Do not rely on the weights.",
            "随机输入下，图与 ONNX Runtime 运行原文件的结果不同，最大差异为最大数值的 {difference}。请勿依赖这些权重。",
        ),
        "not_verified": Text(
            "The answers could not be compared with those of the file: {reason}",
            "无法与原文件的结果比较：{reason}",
        ),
        "unknown_op": Text(
            "{name} stands for {op}, an operation that is not known here ({note}). Put layers in its place that do the "
            "same, or delete it.",
            "{name} 代表此处未知的操作 {op}（{note}）。请用功能相同的层替换它，或将其删除。",
        ),
        "unknown_op_line": Text(
            "{op} is not known here, so a locked node stands for it ({name}): {note}. Put layers in its place.",
            "此处没有 {op}，已用锁定节点 {name} 代替：{note}。请用其他层替换。",
        ),
        "half_precision": Text(
            "Weights of type {dtype} were turned into float32.",
            "类型为 {dtype} 的权重已转换为 float32。",
        ),
        "static_batch": Text(
            "The file is made for batches of {size}; here the batch is free.",
            "文件针对批次大小 {size}；在此批次大小不受限制。",
        ),
        "constant_output": Text(
            "The output “{name}” does not depend on the input and was left out.",
            "输出“{name}”与输入无关，已忽略。",
        ),
        "batch_moved": Text(
            "“{name}” has its batch axis elsewhere in the file; here it comes first.",
            "文件中“{name}”的批次轴不在首位；在此置于首位。",
        ),
        "weights_fit": Text(
            "{count} of {total} tensors of the graph were found.", "在图的 {total} 个张量中找到 {count} 个。"
        ),
        "weights_missing": Text(
            "Not in the file, so these stay random: {names}.",
            "文件中没有，因此保持随机：{names}。",
        ),
        "weights_shape": Text(
            "{name} has the shape {received} in the file and {expected} in the graph; it was left out.",
            "{name} 在文件中的形状为 {received}，在图中为 {expected}；已忽略。",
        ),
        "weights_left": Text("In the file and not in the graph: {names}.", "文件中有而图中没有：{names}。"),
        "weights_unchecked": Text(
            "The graph has problems, so weights cannot be fitted to it yet. Mend it first.",
            "图存在问题，暂时无法载入权重。请先修复。",
        ),
    },
)
