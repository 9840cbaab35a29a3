"""What is said where the memory of a graph cannot be told."""

from trainer.messages.registry import Text, register_messages

register_messages(
    "memory",
    {
        "too_long": Text(
            "Following a step of this graph took more than {seconds} s, so its memory is not known.",
            "推演此图的一步超过 {seconds} 秒，因此无法得知其内存用量。",
        ),
        "unknown": Text(
            "The memory of this graph cannot be told without data: {reason}",
            "没有数据就无法得知此图的内存用量：{reason}",
        ),
    },
)
