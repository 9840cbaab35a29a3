"""What the sign-in, sign-up and token pages may be told."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "account",
    {
        "credentials": Text(
            "No account with this email address has this password. Check both and try again.",
            "没有与此邮箱和密码相符的账户。请检查后重试。",
        ),
        "too_many": Text(
            "Too many attempts. Wait {seconds} s, then try again.",
            "尝试次数过多。请等待 {seconds} 秒后再试。",
        ),
        "invite": Text(
            "This invitation is unknown, used or expired. Ask the owner for a new one.",
            "此邀请不存在、已使用或已过期。请向所有者索取新的邀请。",
        ),
        "email_taken": Text(
            "{email} has an account already.",
            "{email} 已有账户。",
        ),
        "password": Text("This password cannot be taken: {reason}", "无法使用此密码：{reason}"),
        "password_wrong": Text("The current password is not this one.", "当前密码不正确。"),
        "token": Text(
            "The token is unknown, expired or revoked. Make a new one on the settings page.",
            "令牌不存在、已过期或已撤销。请在设置页面新建一个。",
        ),
        "language": Text(
            'The language "{language}" is not one of en, zh-hans, or empty for the browser\'s.',
            "语言“{language}”不可用。可选 en、zh-hans,或留空以跟随浏览器。",
        ),
    },
)
