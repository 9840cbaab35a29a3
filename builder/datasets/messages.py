"""What a person is told about data sets as a whole. What is wrong in a file is said by the trainer."""

import trainer.messages.data
import trainer.messages.upload  # noqa: F401  (registers the sentences that stored errors name)
from trainer.messages.registry import Text, register_messages

register_messages(
    "dataset",
    {
        "in_use": Text(
            "“{name}” is used by projects or runs, so it cannot be deleted. Bind the projects to other data first.",
            "“{name}”正被项目或训练使用，无法删除。请先让这些项目改用其他数据。",
        ),
        "not_ready": Text(
            "Version {number} of “{name}” is not ready. Wait until it has been read.",
            "“{name}”的版本 {number} 尚未就绪，请等待读取完成。",
        ),
        "nothing_given": Text(
            'Send a file (multipart) or the id of a sample: {{"sample": "iris"}}.',
            '请发送文件(multipart),或示例数据的 id:{{"sample": "iris"}}。',
        ),
        "bad_split": Text(
            "A split is train, val or test, but received “{received}”.",
            "划分应为 train、val 或 test，但收到了“{received}”。",
        ),
        "unknown_parameter": Text(
            "There is no parameter “{name}” here. There are: {known}.",
            "此处没有参数“{name}”。可用的参数：{known}。",
        ),
        "bad_parameter": Text(
            "“{name}” is a whole number of at least {low}, but received “{received}”.",
            "“{name}”应为不小于 {low} 的整数，但收到了“{received}”。",
        ),
    },
)
