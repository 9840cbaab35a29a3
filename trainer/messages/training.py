"""What a person is told about the configuration, the course and the end of a training run."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "training",
    {
        "config_not_an_object": Text(
            "The training settings must be an object with named values, but {received} was given.",
            "训练设置必须是带名称的对象，但收到的是 {received}。",
        ),
        "unknown_key": Text(
            "The training settings have no “{key}”. Remove it, or use one of: {known}.",
            "训练设置中没有“{key}”。请将其删除，或使用：{known}。",
        ),
        "missing_key": Text("The training settings need “{key}”. Add it.", "训练设置缺少“{key}”，请补上。"),
        "wrong_type": Text(
            "“{key}” must be {expected}, but {received} was given.",
            "“{key}”必须是{expected}，但收到的是 {received}。",
        ),
        "out_of_range": Text(
            "“{key}” must be {expected}, but {received} was given.",
            "“{key}”必须{expected}，但收到的是 {received}。",
        ),
        "unknown_type": Text(
            "There is no {kind} called “{received}”. Use one of: {known}.",
            "没有名为“{received}”的{kind}。可用：{known}。",
        ),
        "unknown_output": Text(
            "A loss weight is given for “{received}”, but the graph has no such output. It has: {known}.",
            "为“{received}”设置了损失权重，但图中没有这个输出。现有输出：{known}。",
        ),
        "unknown_node": Text(
            "The settings name the node “{received}”, but no node of that name has weights. There are: {known}.",
            "设置中提到节点“{received}”，但没有带权重的同名节点。现有：{known}。",
        ),
        "no_groups": Text(
            "{received} treats all weights alike: it takes no rates of nodes and leaves nothing out of weight decay. "
            "Choose another optimizer, or remove those settings.",
            "{received} 对所有权重一视同仁：不支持按节点设置学习率，也不能部分免除权重衰减。"
            "请更换优化器或移除这些设置。",
        ),
        "no_scaling": Text(
            "{received} computes the loss several times a step and cannot scale it as float16 needs. Choose float32 or "
            "bfloat16, or another optimizer.",
            "{received} 每一步多次计算损失，无法进行 float16 所需的缩放。请选择 float32 或 bfloat16，或更换优化器。",
        ),
        "no_clipping": Text(
            "The gradients of {received} are sparse and cannot be clipped. Turn clipping off, or choose Adam.",
            "{received} 的梯度是稀疏的，无法裁剪。请关闭裁剪，或选择 Adam。",
        ),
        "parallel_optimizer": Text(
            "{received} cannot be shared out among processes this way. Choose another optimizer such as Adam, or turn "
            "“Several processes” off.",
            "{received} 无法以这种方式由多个进程分担。请改用 Adam 等优化器，或关闭“多进程并行”。",
        ),
        "parallel_rows": Text(
            "{received} processes cannot share a batch of {expected} rows: each needs one at least. Make the batch "
            "larger, or ask for fewer processes.",
            "{received} 个进程无法分担 {expected} 行的批：每个进程至少需要一行。请增大批大小或减少进程数。",
        ),
        "parallel_devices": Text(
            "The run asks for {received} processes, and a worker has devices for {expected} at most. Ask for fewer, or "
            "leave the number empty; a worker with a single slot gives all its GPUs to one run.",
            "训练要求 {received} 个进程，而训练节点的设备最多支持 {expected} 个。"
            "请减少进程数或留空；只有一个槽位的节点会把全部 GPU 交给一个训练。",
        ),
        "parallel_batch_norm": Text(
            "Batch normalization takes the mean of the rows that one process has: {rows} of {batch_size} with "
            "{processes} processes. The curve is not exactly that of one process.",
            "批归一化使用单个进程所持行的均值：{processes} 个进程时为每批 {batch_size} 行中的 {rows} 行。"
            "曲线与单进程不会完全相同。",
        ),
        "parallel_norm_rows": Text(
            "Batch normalization needs two rows in each process, and {processes} processes share a batch of "
            "{received}. Make it {expected} rows at least, or ask for fewer processes.",
            "批归一化要求每个进程至少两行，而 {processes} 个进程分担 {received} 行的批。"
            "请把批大小增大到至少 {expected} 行，或减少进程数。",
        ),
        "no_meeting": Text(
            "The run is for {expected} machines, and the meeting in job.json is for {received}. Write a job for each "
            "of them, or set the number of machines to 1.",
            "训练需要 {expected} 台机器，而 job.json 中的 meeting 是 {received} 台。"
            "请为每台机器写好任务，或把机器数设为 1。",
        ),
        "no_port": Text(
            "The other machines of the run cannot come to {address}: {reason}. Free the port, or have another one set "
            "with LAYERLOOM_RENDEZVOUS_PORT.",
            "训练的其他机器无法连接 {address}：{reason}。请释放该端口，或用 LAYERLOOM_RENDEZVOUS_PORT 指定其他端口。",
        ),
        "unreachable": Text(
            "One machine of the run does not reach the one that leads, at {address}: {reason}. Look at "
            "LAYERLOOM_RENDEZVOUS_HOST of that train worker, and at what is between them, such as a firewall.",
            "训练的一台机器无法连接主导机器 {address}：{reason}。请检查该训练节点的 LAYERLOOM_RENDEZVOUS_HOST，"
            "以及两者之间的防火墙等。",
        ),
        "process_died": Text(
            "A process of the run ended without a word: it was killed, or memory was short. Start the run again: it "
            "goes on from its newest checkpoint.",
            "训练的一个进程意外终止：可能被杀死或内存不足。请重新启动，训练会从最新的检查点继续。",
        ),
        "sharded_averaging": Text(
            "The average of the weights needs the whole network in each process, and “sharded” divides it. Turn one of "
            "them off.",
            "权重平均需要每个进程持有完整网络，而“sharded”会把网络分片。请关闭其中之一。",
        ),
        "sharded_float16": Text(
            "Sharded weights train in float32 or bfloat16, not in float16. Choose another precision.",
            "分片的权重只能以 float32 或 bfloat16 训练，不支持 float16。请更换精度。",
        ),
        "no_images": Text(
            "The settings change images, but the graph takes none. Turn the augmentation off.",
            "设置了图像增强，但计算图没有图像输入。请关闭图像增强。",
        ),
        "no_blocks": Text(
            "The settings have blocks computed again on the way back, but the graph has none. Put layers that repeat "
            "into a block, or let nothing be computed again.",
            "设置了在反向传播时重新计算模块，但计算图中没有模块。请把重复的层放入模块，或选择不重新计算。",
        ),
        "class_weights_unfit": Text(
            "The loss {loss} takes no weights of classes. Remove them, or use one of: {known}.",
            "损失 {loss} 不支持类别权重。请移除，或改用：{known}。",
        ),
        "class_weights_count": Text(
            "There are {expected} classes, but {received} weights are given. Give one for each.",
            "共有 {expected} 个类别，但给出了 {received} 个权重。请为每个类别给出一个。",
        ),
        "ended_by_early_stopping": Text(
            "Stopped early after epoch {epoch}: the validation rows had not got better for a while.",
            "第 {epoch} 轮后提前停止：验证集已有一段时间没有改善。",
        ),
        "ended_by_time": Text(
            "Stopped in epoch {epoch}: the time that was set is over.",
            "在第 {epoch} 轮停止：已达到设定的时长。",
        ),
        "memory_limit": Text(
            "The run holds {held} GB, more than the {limit} GB it may. Make the batch or the network smaller, or raise "
            "the limit.",
            "训练占用 {held} GB，超过了允许的 {limit} GB。请减小批大小或网络，或提高限制。",
        ),
        "job_unreadable": Text(
            "The job directory cannot be used: {reason}",
            "无法使用该任务目录：{reason}",
        ),
        "no_rows": Text(
            "The training split has no rows. Choose a split with training rows, or give more data.",
            "训练集没有任何行。请选择含有训练行的划分，或提供更多数据。",
        ),
        "no_loss": Text(
            "The output “{node}” has no loss, so there is nothing to train. Choose a loss for it.",
            "输出“{node}”没有损失函数，无法训练。请为它选择损失函数。",
        ),
        "no_target": Text(
            "The output “{node}” has no target, which “{loss}” needs. Choose a column, or wire a target to it.",
            "输出“{node}”没有目标，而损失“{loss}”需要目标。请选择目标列，或连线到它的目标端口。",
        ),
        "no_parameters": Text(
            "The graph has no parameter that can train. Add a layer with weights, or unfreeze one.",
            "图中没有可训练的参数。请添加带权重的层，或解冻某一层。",
        ),
        "no_matrices": Text(
            "Muon trains matrices, such as the weights of Linear, and the graph has none. Choose another optimizer.",
            "Muon 只训练矩阵（例如 Linear 的权重），而图中没有。请换一个优化器。",
        ),
        "no_embeddings": Text(
            "SparseAdam trains embeddings that nothing else uses, and the graph has none. Choose another optimizer.",
            "SparseAdam 训练独立使用的嵌入层，而图中没有。请换一个优化器。",
        ),
        "no_momentum": Text(
            "{schedule} is to change the momentum, and the optimizer has none. Turn “cycle_momentum” off.",
            "{schedule} 需要改变动量，但优化器没有动量。请关闭“cycle_momentum”。",
        ),
        "metric_unfit": Text(
            "The metric “{metric}” does not go with the loss “{loss}” of the output “{node}”. Remove it.",
            "指标“{metric}”不适用于输出“{node}”的损失“{loss}”。请将其删除。",
        ),
        "target_shape": Text(
            "The output “{node}” gives {received} a batch, but its target is {expected}. "
            "Change the layer before the output so that the shapes agree.",
            "输出“{node}”每批给出 {received}，而目标是 {expected}。请修改输出之前的层，使形状一致。",
        ),
        "checkpoint_unreadable": Text(
            "The checkpoint {name} cannot be read: {reason}",
            "无法读取检查点 {name}：{reason}",
        ),
        "weights_mismatch": Text(
            "The weights to continue from do not fit this graph: {reason}. Continue with the graph they were trained "
            "with, or start fresh.",
            "要继续训练的权重与当前图不匹配：{reason}。请使用原来的图继续，或重新开始训练。",
        ),
        "carried_all": Text(
            "Began with the weights of the run before, all {count} tensors of them.",
            "以之前训练的权重开始，共 {count} 个张量。",
        ),
        "carried_some": Text(
            "Began with {count} tensors of other weights; {num_fresh} that have none of their name and shape there "
            "begin random: {fresh}.",
            "从已有权重中沿用 {count} 个张量；另有 {num_fresh} 个没有同名同形状的权重，随机初始化：{fresh}。",
        ),
        "optimizer_mismatch": Text(
            "The optimizer's state to carry over is not that of “{received}” with these parameters. "
            "Carry the weights only, or choose the optimizer it came from.",
            "要沿用的优化器状态不属于“{received}”及这些参数。请只沿用权重，或选择原来的优化器。",
        ),
        "loss_not_finite_first": Text(
            "The loss became {value} at step {step}, right at the start, so training was stopped. The data "
            "probably holds values that are not finite or very large, or a layer divides by zero. Check the columns "
            "and normalise the inputs.",
            "第 {step} 步（刚开始）损失就变成了 {value}，训练已停止。数据中可能有非有限或极大的值，或某层除以了零。"
            "请检查各列并对输入做归一化。",
        ),
        "loss_not_finite_growing": Text(
            "The loss became {value} at step {step} after it had grown, so training was stopped. The learning rate "
            "{rate} is probably too high. Try a tenth of it.",
            "损失不断增大，在第 {step} 步变成了 {value}，训练已停止。学习率 {rate} 可能过高，请尝试缩小为十分之一。",
        ),
        "loss_not_finite_sudden": Text(
            "The loss suddenly became {value} at step {step}, so training was stopped. One step was too large, or one "
            "row is out of the ordinary. Try a lower learning rate than {rate}, and look at the extremes of the data.",
            "第 {step} 步损失突然变成了 {value}，训练已停止。可能是某一步过大或某一行数据异常。"
            "请尝试低于 {rate} 的学习率，并查看数据的极端值。",
        ),
        "out_of_memory": Text(
            "There was not enough memory on {device}. Make the batch or the layers smaller.",
            "{device} 的内存不足。请减小批大小或层的规模。",
        ),
        "disk_full": Text(
            "The disk is full, so the run could not store what it has to: {reason}. Free some space, then resume "
            "the run.",
            "磁盘已满，训练无法保存所需的内容：{reason}。请释放空间后继续训练。",
        ),
        "failed": Text("Training stopped with an error: {reason}", "训练因错误而停止：{reason}"),
        "node_failed": Text(
            "The node “{node}” raised an error while training: {reason}",
            "训练时节点“{node}”出错：{reason}",
        ),
        "not_exact": Text(
            "This run goes on, but not bit for bit as if it had never stopped: {differences}.",
            "训练将继续，但结果与从未中断时不会逐位一致：{differences}。",
        ),
        "device": Text(
            "Training on {device} with {num_threads} threads.", "在 {device} 上训练，使用 {num_threads} 个线程。"
        ),
    },
)
