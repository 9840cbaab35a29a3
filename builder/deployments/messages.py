"""Sentences about deployments, their keys and what callers are told."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "deployment",
    {
        "no_source": Text(
            "Send either run or checkpoint: what shall be deployed?", "请提供 run 或 checkpoint:要部署什么?"
        ),
        "no_checkpoint": Text(
            "The run has no checkpoint yet. Wait for its first one, or choose another run.",
            "该训练还没有检查点。请等待第一个检查点,或选择其他训练。",
        ),
        "other_project": Text(
            "The checkpoint belongs to another project than the deployment. Make a deployment of its own.",
            "该检查点与此部署不属于同一项目。请另建一个部署。",
        ),
        "version_not_ready": Text(
            "Version {number} is {version_status}; only a ready version can serve.",
            "版本 {number} 的状态为 {version_status},只有就绪的版本才能提供服务。",
        ),
        "no_version": Text("There is no version {number}.", "没有版本 {number}。"),
        "export_failed": Text("The export ended with an error: {reason}", "导出因错误而结束:{reason}"),
        "export_timeout": Text(
            "The export took longer than {seconds} s and was stopped.", "导出超过 {seconds} 秒,已停止。"
        ),
        "export_lost": Text(
            "The export was started {attempts} times and never finished. Look at the worker's memory and deploy again.",
            "导出已启动 {attempts} 次,但从未完成。请检查工作进程的内存后重新部署。",
        ),
        "expiry_past": Text(
            "The key would already have expired. Choose a time ahead.", "密钥的到期时间已过,请选择将来的时间。"
        ),
        "no_data": Text(
            "The data set of this version is gone, so there are no samples.", "此版本的数据集已不存在,没有样本。"
        ),
    },
)

register_messages(
    "predict",
    {
        "no_key": Text(
            "Send the key of the deployment as “Authorization: Bearer KEY”.",
            "请以 “Authorization: Bearer KEY” 发送部署的密钥。",
        ),
        "wrong_key": Text("The key is not valid, has expired or was revoked.", "密钥无效、已过期或已被撤销。"),
        "key_in_query": Text(
            "A key in the address ends up in logs. Send it as “Authorization: Bearer KEY”.",
            "地址中的密钥会留在日志里。请以 “Authorization: Bearer KEY” 发送。",
        ),
        "key_scope": Text("This key is not for this deployment.", "此密钥不适用于该部署。"),
        "not_found": Text("There is no deployment at this address.", "此地址没有部署。"),
        "method": Text("This address takes {allowed}.", "此地址接受 {allowed}。"),
        "offline": Text(
            "The deployment is offline. Its owner can bring it back.", "该部署已下线,其所有者可以将其恢复。"
        ),
        "not_ready": Text(
            "The deployment has no version that can serve yet. Try again in a moment.",
            "该部署还没有可用的版本,请稍后再试。",
        ),
        "limited": Text(
            "More than {limit} requests a second came with this key. Wait {seconds} s.",
            "此密钥每秒的请求数超过 {limit},请等待 {seconds} 秒。",
        ),
        "busy": Text(
            "More work is waiting than this deployment can take. Try again in a second.",
            "等待处理的请求过多,请稍后重试。",
        ),
        "deadline": Text(
            "The time for the answer was up before the model could give it.", "在模型给出结果之前,等待时间已到。"
        ),
        "starting": Text(
            "The model server is starting. Try again in a few seconds.", "模型服务器正在启动,请几秒后重试。"
        ),
        "broken": Text("The model cannot be loaded: {reason}", "无法加载模型:{reason}"),
        "failed": Text("The model failed on this request.", "模型处理此请求时失败。"),
        "too_large": Text(
            "The body is larger than the {limit} bytes that are taken.", "请求正文超过允许的 {limit} 字节。"
        ),
        "too_many_rows": Text(
            "The request has {received} rows; at most {limit} are taken at once. Send several requests.",
            "请求包含 {received} 行,一次最多接受 {limit} 行。请分多次发送。",
        ),
        "unreadable": Text("The body is not valid JSON: {reason}", "请求正文不是有效的 JSON:{reason}"),
        "no_instances": Text(
            'Send {{"instances": [{{column: value}}, ...]}} with at least one row.',
            '请发送至少含一行的 {{"instances": [{{列名: 值}}, ...]}}。',
        ),
        "media_type": Text(
            "Send application/json, multipart/form-data or an image; received {received}.",
            "请发送 application/json、multipart/form-data 或图像;收到的是 {received}。",
        ),
        "no_image_column": Text(
            "An image alone fits a deployment with one image column; this one reads {columns}. Send JSON.",
            "单独的图像只适用于仅有一个图像列的部署;此部署读取 {columns}。请发送 JSON。",
        ),
        "bad_multipart": Text("The multipart body cannot be read.", "无法读取 multipart 正文。"),
        "leaving": Text("The server is shutting down. Try again.", "服务器正在关闭,请重试。"),
    },
)
