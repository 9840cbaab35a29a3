"""What the pages of projects and graphs may be told."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "project",
    {
        "changed": Text(
            "Somebody else saved this graph while you worked on it. Reload it, or save yours as a copy.",
            "在您编辑期间，此图已被他人保存。请重新加载，或将您的图另存为副本。",
        ),
        "no_if_match": Text(
            "Saving a graph needs the header If-Match with the ETag it was loaded with.",
            "保存图时需要 If-Match 请求头，其值为加载时得到的 ETag。",
        ),
        "template": Text(
            "There is no template “{name}”. There are: {known}.",
            "没有名为“{name}”的模板。可用的有：{known}。",
        ),
        "start": Text(
            "Give either a template or a graph, not both.",
            "请只提供模板或图中的一个。",
        ),
        "dataset_not_ready": Text(
            "This data set version is not ready ({state}).",
            "此数据集版本尚未就绪（{state}）。",
        ),
        "against": Text(
            "“against” expects “draft”, or the number or id of a version, and received “{received}”.",
            "“against”应为“draft”，或某个版本的编号或 id，收到的是“{received}”。",
        ),
        "no_version": Text(
            "The project has no version {number}.",
            "此项目没有版本 {number}。",
        ),
    },
)
