"""What a person does with deployments and keys. Exporting is in `exporting`."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.text import slugify

from builder.deployments import messages  # noqa: F401  (registers the sentences raised here)
from builder.deployments.announcements import announce_deployment, announce_key
from builder.deployments.exporting import deployment_folder
from builder.deployments.keys import make_key
from builder.deployments.models import Deployment, DeploymentVersion, Key
from builder.deployments.tasks import send_export
from builder.files import delete_folder
from builder.runs.models import Checkpoint
from trainer.errors import UserError

SLUG_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def deployment_create(*, user, checkpoint: Checkpoint, name: str = "") -> Deployment:
    """A deployment whose first version is `checkpoint`, exported by the worker and live as soon as that is done."""
    name = name or checkpoint.run.project.name
    with transaction.atomic():
        deployment = Deployment.objects.create(
            owner=user, project=checkpoint.run.project, name=name, slug=_make_slug(name)
        )
        version_create(deployment=deployment, checkpoint=checkpoint)
    return deployment


def version_create(*, deployment: Deployment, checkpoint: Checkpoint) -> DeploymentVersion:
    """A further version, which takes over when its export is done."""
    if checkpoint.run.project_id != deployment.project_id:
        raise UserError("deployment.other_project", path="checkpoint")
    with transaction.atomic():
        Deployment.objects.select_for_update().only("id").get(id=deployment.id)
        last = deployment.versions.aggregate(last=Max("number"))["last"] or 0
        version = DeploymentVersion.objects.create(
            deployment=deployment,
            number=last + 1,
            run=checkpoint.run,
            checkpoint=checkpoint,
            checkpoint_key=checkpoint.storage_key,
            metrics=checkpoint.metrics,
        )
        transaction.on_commit(lambda: send_export(version.id))
    return version


def deployment_rollback(*, deployment: Deployment, number: int) -> Deployment:
    """Let version `number` serve. Only the pointer moves, so it is at work within a moment."""
    version = deployment.versions.filter(number=number).first()
    if version is None:
        raise UserError("deployment.no_version", path="version", number=number)
    if version.status != DeploymentVersion.Status.READY:
        raise UserError(
            "deployment.version_not_ready", path="version", status=409, number=number, version_status=version.status
        )
    with transaction.atomic():
        deployment.active_version = version
        deployment.save(update_fields=["active_version", "updated_at"])
        announce_deployment(deployment.slug)
    return deployment


def deployment_update(*, deployment: Deployment, name: str | None = None, state: str | None = None) -> Deployment:
    """Rename it, take it offline or bring it back. The slug stays."""
    with transaction.atomic():
        deployment.name = name or deployment.name
        deployment.state = state or deployment.state
        deployment.save(update_fields=["name", "state", "updated_at"])
        announce_deployment(deployment.slug)
    return deployment


def deployment_delete(*, deployment: Deployment) -> None:
    folder = deployment_folder(deployment.id)
    with transaction.atomic():
        Key.objects.filter(deployments=deployment).exclude(
            deployments__in=Deployment.objects.exclude(id=deployment.id)
        ).delete()
        announce_deployment(deployment.slug)
        deployment.delete()
        transaction.on_commit(lambda: delete_folder(folder))


def key_create(
    *,
    user,
    deployment: Deployment,
    name: str,
    expires_at: datetime | None = None,
    requests_per_second: int | None = None,
) -> tuple[Key, str]:
    """The stored key, and its text, which is not seen again."""
    if expires_at is not None and expires_at <= timezone.now():
        raise UserError("deployment.expiry_past", path="expires_at")
    new = make_key()
    with transaction.atomic():
        key = Key.objects.create(
            owner=user,
            name=name,
            prefix=new.prefix,
            digest=new.digest,
            expires_at=expires_at,
            requests_per_second=requests_per_second,
        )
        key.deployments.add(deployment)
    return key, new.text


def key_revoke(*, key: Key) -> None:
    """From now on the key is refused: at once where the bus is heard, within the poll's time everywhere."""
    with transaction.atomic():
        Key.objects.filter(id=key.id, revoked_at=None).update(revoked_at=timezone.now())
        announce_key(key.prefix)


def _make_slug(name: str) -> str:
    tail = "".join(secrets.choice(SLUG_ALPHABET) for _ in range(6))
    return f"{slugify(name)[:40].strip('-') or 'model'}-{tail}"
