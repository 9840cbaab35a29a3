"""What a person can be told about a run."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "run",
    {
        "no_source": Text("Say what to train: a project or a graph version.", "请指定要训练的项目或图版本。"),
        "no_dataset": Text(
            "The project has no data set. Choose one, then train.", "该项目还没有数据集。请先选择数据集,再开始训练。"
        ),
        "dataset_not_ready": Text(
            "The data set is {state}. A run needs one that is ready.", "数据集状态为“{state}”。训练需要已就绪的数据集。"
        ),
        "other_project": Text(
            "The graph version belongs to another project than the one given.", "该图版本不属于所给的项目。"
        ),
        "not_possible": Text(
            "A run that is {state} cannot {action}. It would have to be {expected}.",
            "状态为“{state}”的训练不能执行“{action}”;须为“{expected}”。",
        ),
        "not_finished": Text(
            "The run is {state}. Stop it first, then delete it.", "训练状态为“{state}”。请先停止,再删除。"
        ),
        "has_children": Text(
            "Run {number} continues from this one and has not finished. Wait for it or stop it first.",
            "训练 {number} 由此继续且尚未结束。请等待其结束或先停止它。",
        ),
        "no_checkpoint": Text(
            "The run has no checkpoint yet to continue from. Wait for the end of its first epoch.",
            "该训练还没有可用的检查点。请等待第一轮结束。",
        ),
        "not_first": Text(
            "Only the owner of this site may let a run go before others.",
            "只有本站所有者可以让某次训练优先开始。",
        ),
        "no_standalone": Text(
            "The project comes with what was fitted on the data, which is stored with the first checkpoint. "
            "Wait for the end of the first epoch.",
            "项目需包含在数据上拟合的编码器，它随第一个检查点保存。请等待第一轮结束。",
        ),
        "no_start": Text(
            "The run went on from a checkpoint that has been deleted since, so it cannot be trained again.",
            "该训练所接续的检查点已被删除，无法重新训练。",
        ),
        "unknown_filter": Text(
            "The list cannot be filtered by {name}. It knows: {known}.", "列表不支持按 {name} 筛选,可用的有:{known}。"
        ),
        "bad_filter": Text("{value} is no value for {name}.", "{value} 不是 {name} 的有效值。"),
        "child_died": Text(
            "The training process ended unexpectedly. The run goes on from its last checkpoint.",
            "训练进程意外终止。将从最近的检查点继续。",
        ),
        "taken_over": Text(
            "The worker was not heard of any more. Another one goes on from the last checkpoint.",
            "训练节点失去联系。另一个节点将从最近的检查点继续。",
        ),
        "handed_back": Text(
            "The worker was asked to leave. The run waits for the next one.",
            "训练节点被要求退出。训练将等待下一个节点。",
        ),
        "exhausted": Text(
            "The training process ended unexpectedly {attempts} times without getting further. "
            "Usually that is too little memory: try a smaller batch or a smaller model, then run it again.",
            "训练进程连续 {attempts} 次意外终止且没有进展。通常是内存不足:请减小批量或模型后重试。",
        ),
        "exhausted_together": Text(
            "The training processes ended unexpectedly {attempts} times without getting further. Usually that is too "
            "little memory on one of the machines, or machines that do not reach each other: try a smaller batch or "
            "model, or a single machine.",
            "训练进程连续 {attempts} 次意外终止且没有进展。通常是某台机器内存不足，或机器之间无法通信："
            "请减小批量或模型，或只用一台机器。",
        ),
        "too_few_workers": Text(
            "It needs {needed} train workers that can share a run, and {there} of them are there. Start more of them, "
            "with LAYERLOOM_RENDEZVOUS_HOST set, or ask for fewer machines.",
            "此次训练需要 {needed} 个可共同训练的节点，目前只有 {there} 个。"
            "请启动更多设置了 LAYERLOOM_RENDEZVOUS_HOST 的节点，或减少机器数。",
        ),
        "gathers": Text(
            "It needs {needed} train workers at the same time; {free} of them are free for it now. It starts when all "
            "are; after ten minutes they take nothing else.",
            "此次训练需要 {needed} 个节点同时空闲，目前有 {free} 个。全部空闲时即开始；十分钟后它们不再接受其他训练。",
        ),
        "disk_full": Text(
            "There is no space left on the disk for a checkpoint, or for the rows of a data set that does not fit into "
            "memory. The run is paused; free some space, then resume it.",
            "磁盘空间不足,无法保存检查点,或无法存放内存装不下的数据。训练已暂停;请释放空间后继续。",
        ),
        "too_large": Text(
            "The run needs about {needed}; the largest worker, {worker}, has {has}. "
            "A batch of up to {batch} would fit there.",
            "此次训练约需 {needed};最大的训练节点 {worker} 只有 {has}。批量不超过 {batch} 即可容纳。",
        ),
        "never_fits": Text(
            "The run needs about {needed}; the largest worker, {worker}, has {has}, and not even a batch of one would "
            "fit there. Make the network smaller, or have a larger worker started.",
            "此次训练约需 {needed};最大的训练节点 {worker} 只有 {has},批量为 1 也无法容纳。"
            "请缩小网络,或启动更大的训练节点。",
        ),
        "held_up": Text(
            "It needs about {needed}; the worker with the most room has {free} free. It starts when enough is free; "
            "a run of up to {free} would start now.",
            "此次训练约需 {needed};最空闲的训练节点只有 {free}。内存足够时即开始;不超过 {free} 的训练可立即开始。",
        ),
        "not_startable": Text("The worker could not prepare the run: {reason}", "训练节点无法准备此次训练:{reason}"),
    },
)
