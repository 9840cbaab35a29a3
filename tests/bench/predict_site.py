"""Makes a data directory with one live deployment: `python -m tests.bench.predict_site flowers|pictures`.

Prints `{"slug", "key"}`. LAYERLOOM_DATA says where.
"""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "builder.settings")
django.setup()

from django.core.files.storage import default_storage  # noqa: E402
from django.core.management import call_command  # noqa: E402

from builder.accounts.models import User  # noqa: E402
from builder.deployments.models import Deployment, DeploymentVersion  # noqa: E402
from builder.deployments.services import key_create  # noqa: E402
from builder.projects.models import Project  # noqa: E402
from tests.bundles import write_flower_bundle, write_image_bundle  # noqa: E402


def main() -> None:
    kind = sys.argv[1]
    call_command("migrate", verbosity=0)
    owner = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("owner@localhost")
    project = Project.objects.create(owner=owner, name=kind, graph={"format": 1})
    deployment = Deployment.objects.create(owner=owner, project=project, name=kind, slug=f"{kind}-bench0")
    key = f"deployments/{deployment.id}/1-1"
    folder = Path(default_storage.path(key))
    if kind == "pictures":
        write_image_bundle(folder, size=28, hidden=256)
    else:
        write_flower_bundle(folder)
    deployment.active_version = DeploymentVersion.objects.create(
        deployment=deployment,
        number=1,
        checkpoint_key="",
        status=DeploymentVersion.Status.READY,
        storage_key=key,
        runtime="onnx",
        size_bytes=sum(path.stat().st_size for path in folder.iterdir()),
    )
    deployment.save()
    print(json.dumps({"slug": deployment.slug, "key": key_create(user=owner, deployment=deployment, name="bench")[1]}))


if __name__ == "__main__":
    main()
