"""What a person is told when a graph cannot be read. For what is wrong in one that can, see `problems`."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "graph",
    {
        "too_large": Text(
            "The graph has {size:,} bytes; at most {limit:,} are taken. Split it or remove parts.",
            "图有 {size:,} 字节，最多 {limit:,} 字节。请拆分或删减。",
        ),
        "template_size": Text(
            "The width of this template is a multiple of {step} up to {most}, and {received} was given.",
            "此模板的宽度应为 {step} 的倍数，最大 {most}，收到的是 {received}。",
        ),
        "template_one_size": Text(
            "The template “{name}” has one size. Leave the size out.",
            "模板“{name}”只有一种规模，请不要指定规模。",
        ),
        "too_deep": Text(
            "The document is nested more than {limit} levels deep.",
            "文档嵌套超过 {limit} 层。",
        ),
        "too_many": Text(
            "There are {count:,} {what}; at most {limit:,} are taken.",
            "{what} 有 {count:,} 个，最多 {limit:,} 个。",
        ),
        "not_json": Text(
            "This is not JSON: {reason}.",
            "这不是有效的 JSON：{reason}。",
        ),
        "missing_key": Text(
            "“{key}” is missing at {place}.",
            "{place} 处缺少“{key}”。",
        ),
        "unknown_key": Text(
            "“{key}” is not known at {place}. Known are: {known}.",
            "{place} 处的“{key}”无法识别。可用的有：{known}。",
        ),
        "newer_format": Text(
            "The document has format {format}; this version reads up to {newest}. Update Layerloom to open it.",
            "文档格式为 {format}，当前版本最高支持 {newest}。请更新 Layerloom 后再打开。",
        ),
        "bad_id": Text(
            "“{value}” is no id at {place}. An id has 1 to 64 letters, digits, - or _.",
            "{place} 处的“{value}”不是有效的 id：应为 1 到 64 个字母、数字、- 或 _。",
        ),
        "duplicate_id": Text(
            "The id “{value}” is used twice, the second time at {place}.",
            "id “{value}”重复，第二次出现在 {place}。",
        ),
        "bad_text": Text(
            "The text at {place} holds a character that cannot be stored: NUL, or half of a character. Remove it.",
            "{place} 处的文本含有无法保存的字符：NUL 或不完整的字符。请删除它。",
        ),
        "bad_name": Text(
            "“{value}” cannot be a name at {place}. A name begins with a small letter, goes on with small letters, "
            "digits or _, and is no word of Python or torch.",
            "{place} 处的“{value}”不能作名称：应以小写字母开头，由小写字母、数字或 _ 组成，且不是保留词。",
        ),
        "bad_block_name": Text(
            "“{value}” cannot be the name of a block. It begins with a capital letter, then letters or digits.",
            "“{value}”不能作模块名称：应以大写字母开头，由字母和数字组成。",
        ),
        "unknown_type": Text(
            "There is no layer type “{value}” ({place}).",
            "没有名为“{value}”的层类型（{place}）。",
        ),
        "unknown_block": Text(
            "There is no block “{value}” in this document ({place}).",
            "本文档中没有名为“{value}”的模块（{place}）。",
        ),
        "unknown_param": Text(
            "{type} has no parameter “{param}” ({place}). It has: {known}.",
            "{type} 没有参数“{param}”（{place}）。它的参数有：{known}。",
        ),
        "unknown_metric": Text(
            "There is no metric “{value}” ({place}). There are: {known}.",
            "没有名为“{value}”的指标（{place}）。可用的有：{known}。",
        ),
        "bad_value": Text(
            "{place} expects {expected} and received {received}.",
            "{place} 处应为 {expected}，收到的是 {received}。",
        ),
        "block_in_itself": Text(
            "The block {value} contains itself ({place}). A block can hold other blocks only.",
            "模块 {value} 包含了自己（{place}）。模块只能包含其他模块。",
        ),
        "invalid": Text(
            "The graph has {count} problem(s), first: {first}",
            "图有 {count} 个问题，第一个：{first}",
        ),
    },
)
