"""Writes: an imported model's weights, kept for the person who brought them."""

import json
import tempfile
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from builder import engine
from builder.accounts.models import User
from builder.files import delete_folder, publish_folder
from builder.ownership import new_id
from builder.projects.models import ImportedWeights
from trainer.errors import UserError

WEIGHTS_FILE = "weights.safetensors"
MAX_KEPT = 20


def model_import(
    *, owner: User, file: UploadedFile, graph: str | None, language: str, gone: threading.Event | None = None
) -> dict[str, Any]:
    """The graph, the report, and the id of the weights where there are any. Raises `import.*` for what is refused.

    `gone` is set when the person does not wait for it any more: it then ends, and nothing is kept.
    """
    if not file.size:
        raise UserError("import.empty", path="file")
    if file.size > settings.MAX_IMPORT_BYTES:
        raise UserError("import.too_large", status=413, size=file.size, limit=settings.MAX_IMPORT_BYTES)
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="import-", dir=settings.DATA_DIR) as scratch:
        folder, kept = Path(scratch), Path(scratch) / "kept"
        kept.mkdir()
        with (folder / "upload").open("wb") as sink:
            for chunk in file.chunks():
                sink.write(chunk)
        if graph:
            (folder / "graph.json").write_text(json.dumps(engine.read_companion(graph)))
        name = (file.name or "")[-200:]
        result = engine.import_model(
            folder / "upload",
            kept,
            name=name,
            graph=folder / "graph.json" if graph else None,
            language=language,
            person=owner.pk,
            gone=gone,
        )
        (kept / "answer.json").unlink()
        weights = _weights_create(owner, name, kept, result["num_tensors"]) if result["num_tensors"] else None
    return {"graph": result["graph"], "report": result["report"], "weights": weights.id if weights else None}


def _weights_create(owner: User, name: str, folder: Path, num_tensors: int) -> ImportedWeights:
    """Keep the file; the oldest that nothing needs goes where there are too many."""
    weights = ImportedWeights(id=new_id(), owner=owner, name=name, num_tensors=num_tensors)
    weights.size_bytes = (folder / WEIGHTS_FILE).stat().st_size
    weights.storage_key = f"imports/{weights.id}"
    publish_folder(folder, weights.storage_key)
    weights.save(force_insert=True)
    unneeded = ImportedWeights.objects.visible_to(owner).filter(projects=None, runs=None).order_by("-id")
    for old in unneeded[MAX_KEPT:]:
        old.delete()
        delete_folder(old.storage_key)
    return weights
