"""What a person is told about the files they upload."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "upload",
    {
        "type_refused": Text(
            "{kind} files are not taken: they can hold code, or only their maker can read them. "
            "Upload a CSV, a plain text, or a ZIP of pictures in a folder per class.",
            "不接受 {kind} 文件：此类文件可能含有代码，或只能由生成它的程序读取。"
            "请上传 CSV、纯文本，或按类别分文件夹的图片 ZIP。",
        ),
        "empty": Text(
            "The file is empty. Upload a CSV, a plain text, or a ZIP of pictures.",
            "文件为空。请上传 CSV、纯文本或图片 ZIP。",
        ),
        "text_encoding": Text(
            "Line {line} is not UTF-8. Save the text in the encoding UTF-8 and upload it again.",
            "第 {line} 行不是 UTF-8 编码。请将文本另存为 UTF-8 编码后重新上传。",
        ),
        "text_binary": Text(
            "The file holds a NUL byte, so this is no plain text. Save it as plain text in UTF-8.",
            "文件含有 NUL 字节，不是纯文本。请另存为 UTF-8 编码的纯文本。",
        ),
        "text_short": Text(
            "The text has {received} characters, too few to learn from and be tested on. Upload one of {limit} or "
            "more.",
            "文本只有 {received} 个字符，不足以训练和测试。请上传至少 {limit} 个字符的文本。",
        ),
        "text_target": Text(
            "A plain text is the one column “text” and has no column “{column}” to predict. Leave the target out, or "
            "upload a CSV.",
            "纯文本只有“text”一列，没有可作为目标的列“{column}”。请不要指定目标，或改为上传 CSV。",
        ),
        "too_large": Text(
            "The file is larger than {limit_mb} MB. Upload a part of it.",
            "文件超过 {limit_mb} MB。请上传其中一部分。",
        ),
        "bad_name": Text(
            "The name “{name}” cannot be taken. Use letters, digits and spaces, without slashes.",
            "名称“{name}”不可用。请使用字母、数字和空格，不要包含斜杠。",
        ),
        "unknown_kind": Text(
            "A column is of kind {known}, but received “{received}”.",
            "列的类型应为 {known} 之一，但收到了“{received}”。",
        ),
        "kind_image": Text(
            "The column “{column}” holds pictures; its kind cannot be changed, and no other column can become one.",
            "列“{column}”是图片列，其类型不能更改，其他列也不能改为图片列。",
        ),
        "not_of_kind": Text(
            "{line}: “{value}” in the column “{column}” is no {kind}. Correct it, or leave the column's kind as it is.",
            "{line}：列“{column}”中的“{value}”不是{kind}。请修改该值，或保留原来的列类型。",
        ),
        "too_many_values": Text(
            "The column “{column}” has {count} different values, more than the {limit} a category may have.",
            "列“{column}”有 {count} 个不同的值，超过了类别列的上限 {limit}。",
        ),
        "target_missing": Text(
            "There is no column “{column}” to predict. The file has: {known}.",
            "没有可作为目标的列“{column}”。文件中有：{known}。",
        ),
        "target_kind": Text(
            "The column “{column}” cannot be predicted: it is of kind {kind}. Choose a column of numbers or "
            "categories.",
            "列“{column}”无法作为目标：它的类型是 {kind}。请选择数字列或类别列。",
        ),
        "target_empty": Text(
            "The column “{column}” has no value in any row, so it cannot be predicted. Choose another target.",
            "列“{column}”没有任何值，无法作为目标。请另选目标列。",
        ),
        "one_class": Text(
            "Every row has the same “{column}”: “{value}”. Telling apart needs two classes or more. Choose "
            "another target.",
            "所有行的“{column}”都相同：“{value}”。分类至少需要两个类别，请另选目标列。",
        ),
        "nothing_changed": Text(
            "That is how the data set is already. Change a kind, the target or the split.",
            "数据集已经是这样。请更改列类型、目标或划分。",
        ),
        "interrupted": Text(
            "Reading the data failed three times. Upload it again; if that fails too, tell the operator.",
            "读取数据失败了三次。请重新上传；若仍失败，请联系管理员。",
        ),
        "broken": Text(
            "Reading the data failed for a reason of ours. It is in the log.",
            "读取数据时服务器出现错误，详情已写入日志。",
        ),
    },
)

register_messages(
    "csv",
    {
        "not_text": Text(
            "Line {line} holds a NUL byte, so this is no text file. Export the table as CSV in UTF-8.",
            "第 {line} 行含有 NUL 字节，这不是文本文件。请将表格导出为 UTF-8 编码的 CSV。",
        ),
        "encoding": Text(
            "Line {line} is not UTF-8. Save the file as “CSV UTF-8” and upload it again.",
            "第 {line} 行不是 UTF-8 编码。请另存为“CSV UTF-8”后重新上传。",
        ),
        "line_too_long": Text(
            "Line {line} is longer than {limit_mb} MB. Check the quotes and the line ends.",
            "第 {line} 行超过 {limit_mb} MB。请检查引号和换行符。",
        ),
        "cell_too_long": Text(
            "A value on line {line} is longer than {limit} characters. Shorten it, or close the quote that began it.",
            "第 {line} 行有一个值超过 {limit} 个字符。请缩短该值，或补上缺失的引号。",
        ),
        "quotes": Text(
            "Line {line} cannot be read: {reason}. Check its quotes.",
            "第 {line} 行无法读取：{reason}。请检查引号。",
        ),
        "too_few_values": Text(
            "Line {line} has {received} values, but the header names {expected} columns; “{column}” is the first "
            "without one.",
            "第 {line} 行有 {received} 个值，但表头有 {expected} 列；从“{column}”列开始缺少值。",
        ),
        "too_many_values": Text(
            "Line {line} has {received} values, but the header names {expected} columns. Quote values that hold "
            "“{delimiter}”.",
            "第 {line} 行有 {received} 个值，但表头只有 {expected} 列。含有“{delimiter}”的值请加引号。",
        ),
        "header_only": Text(
            "The file has a header and no rows. Add rows below it.",
            "文件只有表头，没有数据行。请在表头下方添加数据。",
        ),
        "no_header": Text(
            "The first line holds numbers only. Add a first line that names the columns.",
            "第一行全是数字。请在最前面加一行列名。",
        ),
        "empty_name": Text(
            "Column {number} of the header has no name. Give each column one.",
            "表头第 {number} 列没有名称。请为每一列命名。",
        ),
        "duplicate_name": Text(
            "The header names “{column}” twice. Rename one of the two.",
            "表头中“{column}”出现了两次。请重命名其中一个。",
        ),
        "long_name": Text(
            "The name of column {number} is longer than {limit} characters. Shorten it.",
            "第 {number} 列的名称超过 {limit} 个字符。请缩短。",
        ),
        "too_many_columns": Text(
            "The header names {received} columns, but at most {limit} are taken. Upload those you need.",
            "表头有 {received} 列，最多接受 {limit} 列。请只上传需要的列。",
        ),
        "too_many_rows": Text(
            "The file has more than {limit} rows. Upload a part of it.",
            "文件超过 {limit} 行。请上传其中一部分。",
        ),
        "too_few_rows": Text(
            "There are {received} rows, but training, validation and test need {limit} at least. Add rows.",
            "只有 {received} 行；训练、验证和测试至少需要 {limit} 行。请添加数据。",
        ),
        "not_finite": Text(
            "Line {line}: “{value}” in the column “{column}” is no finite number. Correct it, or leave the cell empty.",
            "第 {line} 行：列“{column}”中的“{value}”不是有限的数。请修改，或将单元格留空。",
        ),
        "out_of_range": Text(
            "Line {line}: “{value}” in the column “{column}” is too large to learn from. Correct it, or leave "
            "the cell empty.",
            "第 {line} 行：列“{column}”中的“{value}”过大，无法用于学习。请修改，或将单元格留空。",
        ),
    },
)

register_messages(
    "archive",
    {
        "unreadable": Text(
            "The ZIP cannot be read: it is damaged or not complete. Make it anew and upload it again.",
            "无法读取该 ZIP:文件已损坏或不完整。请重新打包后上传。",
        ),
        "bad_name": Text(
            "The archive holds an entry named “{name}”, which leads out of it or is not portable. Nothing was "
            "stored. Pack plain folders.",
            "压缩包中有名为“{name}”的条目，其路径越界或不可移植。未存储任何内容。请使用普通文件夹重新打包。",
        ),
        "link": Text(
            "The archive holds a link or device, “{name}”. Nothing was stored. Pack the files themselves.",
            "压缩包中含有链接或设备文件“{name}”。未存储任何内容。请直接打包文件本身。",
        ),
        "duplicate": Text(
            "The archive holds “{name}” twice. Nothing was stored. Rename one of the two.",
            "压缩包中“{name}”出现了两次。未存储任何内容。请重命名其中一个。",
        ),
        "encrypted": Text(
            "“{name}” is encrypted. Pack the archive without a password.",
            "“{name}”已加密。请不要为压缩包设置密码。",
        ),
        "nested": Text(
            "The archive holds another archive, “{name}”. Nothing was stored. Pack the pictures themselves.",
            "压缩包中含有另一个压缩包“{name}”。未存储任何内容。请直接打包图片。",
        ),
        "lying_header": Text(
            "“{name}” is not of the size its header says. Nothing was stored. Make the archive anew.",
            "“{name}”的实际大小与文件头不符。未存储任何内容。请重新打包。",
        ),
        "too_many_entries": Text(
            "The archive holds {received} entries, but at most {limit} are taken. Upload a part of them.",
            "压缩包中有 {received} 个条目，最多接受 {limit} 个。请上传其中一部分。",
        ),
        "too_large": Text(
            "Unpacked, the archive would take more than {limit_mb} MB. Upload fewer or smaller pictures.",
            "解压后将超过 {limit_mb} MB。请减少图片数量或缩小图片。",
        ),
        "picture_too_large": Text(
            "The picture “{name}” is larger than {limit_mb} MB. Make it smaller.",
            "图片“{name}”超过 {limit_mb} MB。请缩小。",
        ),
        "too_many_pixels": Text(
            "The picture “{name}” has {width} × {height} pixels, more than the {limit} that are taken. Make it "
            "smaller.",
            "图片“{name}”有 {width} × {height} 像素，超过了上限 {limit}。请缩小。",
        ),
        "no_pictures": Text(
            "The archive holds no picture that can be read. Pack PNG or JPEG files in a folder per class.",
            "压缩包中没有可读取的图片。请按类别分文件夹打包 PNG 或 JPEG 图片。",
        ),
        "no_folders": Text(
            "“{name}” lies in no folder. Put the pictures of each class into a folder that bears its name.",
            "“{name}”不在任何文件夹中。请把每一类的图片放入以类别命名的文件夹。",
        ),
        "one_class": Text(
            "All pictures lie in the folder “{name}”. Telling apart needs two folders or more, one per class.",
            "所有图片都在文件夹“{name}”中。分类至少需要两个文件夹，每个类别一个。",
        ),
        "too_many_classes": Text(
            "There are {received} folders, but at most {limit} classes are taken.",
            "共有 {received} 个文件夹，最多接受 {limit} 个类别。",
        ),
        "too_few_pictures": Text(
            "There are {received} pictures, but training, validation and test need {limit} at least. Add pictures.",
            "只有 {received} 张图片；训练、验证和测试至少需要 {limit} 张。请添加图片。",
        ),
        "too_many_bytes": Text(
            "At {height} × {width} the pictures would take more than {limit_mb} MB. Choose a smaller size.",
            "以 {height} × {width} 的尺寸，图片将占用超过 {limit_mb} MB。请选择更小的尺寸。",
        ),
        "bad_size": Text(
            "The size of pictures is a height and a width from 4 to 512, but received {received}.",
            "图片尺寸应为 4 到 512 之间的高和宽，但收到了 {received}。",
        ),
        "bad_color": Text(
            "The colours are auto, grey or rgb, but received {received}.",
            "颜色应为 auto、grey 或 rgb，但收到了 {received}。",
        ),
    },
)
