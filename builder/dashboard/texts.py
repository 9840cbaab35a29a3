"""The sentences of the dashboard. `say("runs")` is lazy: it takes the language of whoever reads the page."""

from django.utils.functional import lazy
from django.utils.translation import get_language

from trainer.messages.registry import Text, register_messages, render_message

register_messages(
    "dashboard",
    {
        "title": Text("Layerloom", "Layerloom"),
        "header": Text("Administration", "管理"),
        "front": Text("Dashboard", "仪表盘"),
        "back": Text("Back to Layerloom", "返回 Layerloom"),
        "people": Text("People", "人员"),
        "projects": Text("Projects", "项目"),
        "datasets": Text("Data sets", "数据集"),
        "runs": Text("Runs", "训练"),
        "workers": Text("Workers", "工作进程"),
        "deployments": Text("Deployments", "部署"),
        "versions": Text("Versions", "版本"),
        "keys": Text("Keys", "密钥"),
        "tokens": Text("API tokens", "API 令牌"),
        "invites": Text("Invites", "邀请"),
        "training": Text("Training", "训练"),
        "serving": Text("Serving", "服务"),
        "access": Text("Access", "访问"),
        "work": Text("Work", "工作"),
        "queued": Text("queued", "排队中"),
        "running": Text("running", "运行中"),
        "paused": Text("paused", "已暂停"),
        "succeeded": Text("succeeded", "已完成"),
        "failed": Text("failed", "失败"),
        "cancelled": Text("cancelled", "已取消"),
        "live": Text("live", "在线"),
        "active_30": Text("{count} signed in within 30 days", "{count} 人在 30 天内登录过"),
        "live_deployments": Text("{count} live", "{count} 个在线"),
        "queue_now": Text("{queued} queued, {running} running", "{queued} 个排队,{running} 个运行"),
        "datasets_ready": Text("{count} data set versions ready", "{count} 个数据集版本就绪"),
        "runs_a_day": Text("Runs finished a day, last 14 days", "最近 14 天每天结束的训练"),
        "requests_an_hour": Text("Predictions an hour, last 24 hours", "最近 24 小时每小时的预测"),
        "answered": Text("answered", "已应答"),
        "refused": Text("refused", "已拒绝"),
        "errors": Text("errors", "错误"),
        "disk": Text("Disk", "磁盘"),
        "disk_free": Text("{free} free of {total}", "剩余 {free},共 {total}"),
        "area": Text("What", "内容"),
        "size": Text("Size", "大小"),
        "files": Text("Files", "文件"),
        "area_datasets": Text("Data sets", "数据集"),
        "area_runs": Text("Checkpoints", "检查点"),
        "area_deployments": Text("Deployed versions", "部署版本"),
        "area_store": Text("Database", "数据库"),
        "area_logs": Text("Logs", "日志"),
        "area_cache": Text("Downloads and caches", "下载与缓存"),
        "queue": Text("Queue", "队列"),
        "queue_empty": Text("Nothing waits and nothing trains.", "没有等待或正在进行的训练。"),
        "run": Text("Run", "训练"),
        "person": Text("Person", "人员"),
        "state": Text("State", "状态"),
        "progress": Text("Progress", "进度"),
        "since": Text("Since", "自"),
        "worker": Text("Worker", "工作进程"),
        "device": Text("Device", "设备"),
        "memory": Text("Memory", "内存"),
        "heartbeat": Text("Heartbeat", "心跳"),
        "holds": Text("Holds", "正在运行"),
        "no_workers": Text(
            "No train worker has been heard of. Queued runs wait until one starts.",
            "没有可用的训练进程;排队的训练会等待其启动。",
        ),
        "seconds_ago": Text("{seconds} s ago", "{seconds} 秒前"),
        "silent": Text("silent", "无响应"),
        "requests": Text("Requests, 24 h", "请求(24 小时)"),
        "p50": Text("p50", "p50"),
        "p95": Text("p95", "p95"),
        "no_deployments": Text("Nothing is deployed yet.", "尚无部署。"),
        "cancel": Text("Cancel the chosen runs", "取消所选训练"),
        "put_first": Text("Let the chosen runs go first", "让所选训练优先开始"),
        "requeue": Text("Queue the chosen runs again", "将所选训练重新排队"),
        "revoke": Text("Revoke", "吊销"),
        "take_offline": Text("Take offline", "下线"),
        "take_online": Text("Take online", "上线"),
        "done": Text("{count} changed.", "已更改 {count} 项。"),
        "steps": Text("Steps", "步数"),
        "attempts": Text("Attempts", "尝试次数"),
        "usable": Text("Usable", "可用"),
        "reason": Text("Reason", "原因"),
        "nodes": Text("Nodes", "节点数"),
    },
)


def _render(reason: str, fields: tuple[tuple[str, object], ...]) -> str:
    return render_message(f"dashboard.{reason}", get_language() or "en", **dict(fields))


_lazy_render = lazy(_render, str)


def say(reason: str, **fields: object):
    """The sentence `dashboard.REASON`, rendered when it is shown."""
    return _lazy_render(reason, tuple(fields.items()))
