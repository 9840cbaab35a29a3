from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from builder.files import delete_folder
from builder.runs.models import Run


@receiver(post_delete, sender=Run)
def delete_files(instance: Run, **kwargs) -> None:
    """The checkpoints of a run go with its row, also where a project or a person was deleted."""
    key = f"runs/{instance.id}"  # Django takes the id from the instance before the commit
    transaction.on_commit(lambda: delete_folder(key))
