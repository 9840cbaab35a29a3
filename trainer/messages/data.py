"""What a person is told about data: columns, encoders and values."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "data",
    {
        "unknown_column": Text(
            "There is no column “{column}”. The data set has: {known}.",
            "没有名为“{column}”的列。数据集中有：{known}。",
        ),
        "mixed_kinds": Text(
            "One Input takes columns of one kind, but received {kinds}. Give each kind an Input of its own.",
            "一个输入节点只能接收同一类型的列，但收到了 {kinds}。请为每种类型各放一个输入节点。",
        ),
        "kind_not_taken": Text(
            "The column “{column}” is of kind {kind}, which no Input takes yet. Choose other columns.",
            "列“{column}”的类型是 {kind}，目前没有输入节点可以接收。请另选其他列。",
        ),
        "one_column": Text(
            "An Input takes one {kind} column, but received {count}. Give each an Input of its own.",
            "一个输入节点只能接收一个{kind}列，但收到了 {count} 个。请为每一列各放一个输入节点。",
        ),
        "no_columns": Text(
            "The node names no column. Choose at least one column of the data set.",
            "该节点没有指定列。请至少选择数据集中的一列。",
        ),
        "one_target": Text(
            "An Output predicts one column, but received {count}. Give each an Output of its own.",
            "一个输出节点只预测一列，但收到了 {count} 列。请为每一列各放一个输出节点。",
        ),
        "unknown_setting": Text(
            "The encoder has no setting “{setting}”. It takes: {known}.",
            "编码器没有“{setting}”这个设置。可用的设置有：{known}。",
        ),
        "bad_setting": Text(
            "The encoder setting “{setting}” takes {expected}, but received {received}.",
            "编码器设置“{setting}”应为 {expected}，但收到了 {received}。",
        ),
        "target_not_category": Text(
            "{loss} wants a category column, but “{column}” is of kind {kind}. Choose another loss or column.",
            "{loss} 需要类别列，但“{column}”的类型是 {kind}。请换一个损失函数或另选一列。",
        ),
        "target_not_number": Text(
            "{loss} wants a number column, but “{column}” is of kind {kind}. Choose another loss or column.",
            "{loss} 需要数字列，但“{column}”的类型是 {kind}。请换一个损失函数或另选一列。",
        ),
        "target_not_binary": Text(
            "{loss} with one logit wants a column of two classes, but “{column}” has {count}. Use CrossEntropyLoss.",
            "{loss} 使用单个逻辑值，需要恰有两个类别的列，但“{column}”有 {count} 个。请改用 CrossEntropyLoss。",
        ),
        "one_class": Text(
            "The column “{column}” has {count} class; telling apart needs two or more. Choose another target.",
            "列“{column}”只有 {count} 个类别，分类至少需要两个。请另选目标列。",
        ),
        "target_not_counts": Text(
            "{loss} wants counts from 0 up, but “{column}” goes down to {least}. Choose another loss or column.",
            "{loss} 需要不小于 0 的计数，但“{column}”最小为 {least}。请换一个损失函数或另选一列。",
        ),
        "no_column_target": Text(
            "{loss} expects a target that no column holds, and received the column “{column}”. Wire an Input or a "
            "layer that gives it to “target”, or choose another loss.",
            "{loss} 的目标无法由一列给出，却收到了列“{column}”。请把给出目标的输入或层接到“target”，或另选损失。",
        ),
        "empty_split": Text(
            "No training row is left once rows without a target are dropped. Choose another target.",
            "去掉缺少目标值的行之后，训练集已没有数据。请另选目标列。",
        ),
        "text_too_short": Text(
            "The training rows of “{column}” have {tokens} tokens in all, fewer than the {length} that the network "
            "sees at once. Set a smaller length, or bring more text.",
            "“{column}”的训练行总共只有 {tokens} 个词元，少于网络一次看到的 {length} 个。请减小长度，或提供更多文本。",
        ),
        "whole_text_alone": Text(
            "The output “{output}” learns the next token of a text, so the graph takes one Input, of a text column, "
            "and no Output may have a column as its target. Take the others out.",
            "输出“{output}”学习文本的下一个词元，因此图中只能有一个文本列输入，且没有任何输出以列为目标。请移除其他部分。",
        ),
        "split_share": Text(
            "A split takes a share between 0.01 and 0.5, but received {received}.",
            "划分比例应在 0.01 到 0.5 之间，但收到了 {received}。",
        ),
        "split_rest": Text(
            "Validation and test together take {received} of the rows; leave at least 0.2 for training.",
            "验证集和测试集共占 {received}，请至少为训练集保留 0.2。",
        ),
        "split_seed": Text(
            "The seed is a whole number from 0 to 4294967295, but received {received}.",
            "随机种子应为 0 到 4294967295 之间的整数，但收到了 {received}。",
        ),
        "sample_damaged": Text(
            "The file {file} of the sample cannot be read. Remove it and open the sample again.",
            "示例数据的文件 {file} 无法读取。请删除后重新打开该示例。",
        ),
        "download_failed": Text(
            "{url} cannot be fetched: {reason}. Check the connection and open the sample again; it goes on where "
            "it broke off.",
            "无法获取 {url}：{reason}。请检查网络后重新打开该示例，下载会从中断处继续。",
        ),
        "download_checksum": Text(
            "What {url} sent is not the file that belongs to this sample, so it was removed. Try again later.",
            "{url} 返回的文件与该示例不符，已删除。请稍后重试。",
        ),
        "download_too_large": Text(
            "{url} sent more than {limit_mb} MB, which is not the file of this sample. It was removed.",
            "{url} 返回的内容超过 {limit_mb} MB，不是该示例的文件，已删除。",
        ),
        "unknown_sample": Text(
            "There is no sample “{sample}”. There are: {known}.",
            "没有名为“{sample}”的示例数据。可用的有：{known}。",
        ),
    },
)

register_messages(
    "value",
    {
        "invalid": Text(
            "{count} values cannot be taken. The details say which.",
            "有 {count} 个值无法接受，详情中列出了具体位置。",
        ),
        "no_instances": Text(
            "Expected a list of objects, one per row, with a value for each column; received {received}.",
            "应为对象列表，每行一个对象，给出各列的值；收到的是 {received}。",
        ),
        "too_many_instances": Text(
            "Received {count} rows, but at most {limit} are taken at once. Send them in several requests.",
            "收到 {count} 行，一次最多接受 {limit} 行。请分多次请求发送。",
        ),
        "missing_column": Text(
            "The column “{column}” is missing. Send a value for each of: {known}.",
            "缺少列“{column}”。请为以下各列提供值：{known}。",
        ),
        "unknown_column": Text(
            "The model does not take a column “{column}”. It takes: {known}.",
            "模型不接受列“{column}”。可接受的列有：{known}。",
        ),
        "not_a_number": Text(
            "“{column}” takes a number, but received {received}.",
            "“{column}”应为数字，但收到了 {received}。",
        ),
        "not_a_category": Text(
            "“{column}” takes text or a whole number, but received {received}.",
            "“{column}”应为文本或整数，但收到了 {received}。",
        ),
        "not_a_text": Text(
            "“{column}” takes text, but received {received}.",
            "“{column}”应为文本，但收到了 {received}。",
        ),
        "long_text": Text(
            "“{column}” takes at most {limit:,} characters, but received {received:,}. Send less.",
            "“{column}”最多 {limit:,} 个字符，但收到了 {received:,} 个。请缩短。",
        ),
        "setting_range": Text(
            "“{column}” takes a number in {expected}, but received {received}.",
            "“{column}”应为 {expected} 之间的数，但收到了 {received}。",
        ),
        "not_a_picture": Text(
            "“{column}” takes a PNG or JPEG in base64, or rows of pixels, but received {received}.",
            "“{column}”应为 base64 编码的 PNG 或 JPEG，或像素行，但收到了 {received}。",
        ),
        "required": Text(
            "“{column}” was never missing in training, so it cannot be null. Send a value.",
            "“{column}”在训练数据中从未缺失，不能为 null。请提供一个值。",
        ),
        "not_finite": Text(
            "“{column}” takes a finite number; NaN and infinity are not taken.",
            "“{column}”必须是有限的数，不接受 NaN 或无穷大。",
        ),
        "out_of_range": Text(
            "“{column}” is too large: {received}. In training it lay between {low} and {high}.",
            "“{column}”的值过大：{received}。训练数据中它介于 {low} 与 {high} 之间。",
        ),
        "ragged": Text(
            "“{column}” takes rows of equal length, numbers all: expected the shape {expected}.",
            "“{column}”的各行长度必须相同且全为数字：应为形状 {expected}。",
        ),
        "wrong_shape": Text(
            "“{column}” takes pixels of the shape {expected}, but received {received}.",
            "“{column}”的像素应为形状 {expected}，但收到了 {received}。",
        ),
        "pixel_range": Text(
            "“{column}” takes pixel values from 0 to 255.",
            "“{column}”的像素值应在 0 到 255 之间。",
        ),
        "not_base64": Text(
            "“{column}” takes a PNG or JPEG in base64, but the text is not base64.",
            "“{column}”应为 base64 编码的 PNG 或 JPEG，但该文本不是 base64。",
        ),
        "not_an_image": Text(
            "“{column}” takes a PNG or JPEG, but the bytes cannot be read as one.",
            "“{column}”应为 PNG 或 JPEG 图片，但收到的字节无法读取。",
        ),
        "too_many_pixels": Text(
            "The picture has {width} × {height} pixels, more than the {limit} that are taken. Make it smaller.",
            "图片有 {width} × {height} 像素，超过了上限 {limit}。请缩小后再试。",
        ),
        "not_a_date": Text(
            "“{column}” takes a date such as 2026-09-30, but received {received}.",
            "“{column}”应为日期，例如 2026-09-30，但收到了 {received}。",
        ),
    },
)
