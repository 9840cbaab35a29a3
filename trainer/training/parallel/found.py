"""The team that a run's settings ask for."""

from trainer.training.config import RunConfig
from trainer.training.parallel.alone import Alone
from trainer.training.parallel.team import Team


def found_team(config: RunConfig) -> Alone:
    """One of the processes of torch's process group, which must have been made."""
    if config.parallel is None:
        return Alone()
    if config.parallel.kind == "data":
        return Team()
    from trainer.training.parallel.sharded import ShardedTeam  # noqa: PLC0415 - takes seconds, for this kind alone

    return ShardedTeam()
