"""A new version from another: other kinds, another target, another split. The rows stay as they are."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trainer.data.kinds import check_kind, check_target, parse_kinds
from trainer.data.splits import SplitSettings
from trainer.data.version import Content, VersionReader, write_version
from trainer.errors import UserError

UNCHANGED: Any = object()


def plan_revision(
    source_dir: Path,
    *,
    kinds: Mapping[str, object] | None = None,
    target: str | None = UNCHANGED,
    split: Mapping[str, Any] | None = None,
) -> tuple[Content, SplitSettings]:
    """The version in `source_dir`, changed; raises where the values do not allow it.

    `kinds` are those to change, by column; `target` is a column or None for none; `split` may hold val, test and seed.
    """
    reader = VersionReader(source_dir)
    old_kinds = {name: column.kind for name, column in reader.facts.columns.items()}
    new_kinds = parse_kinds(kinds or {}, old_kinds)
    new_target = reader.facts.target if target is UNCHANGED else target
    old_split = {key: reader.manifest["split_settings"][key] for key in ("val", "test", "seed", "own_test")}
    settings = SplitSettings.from_json(old_split | dict(split or {}))
    if (new_kinds, new_target, settings.to_json()) == (old_kinds, reader.facts.target, old_split):
        raise UserError("upload.nothing_changed")
    table_path = source_dir / "table.parquet"
    table = pl.read_parquet(table_path) if table_path.exists() else pl.DataFrame()
    for name, kind in new_kinds.items():
        if kind != old_kinds[name]:
            check_kind(table[name].cast(pl.String), kind)
    if new_target is not None:
        reader.facts.column(new_target, path="target")
        if new_kinds[new_target] == "image":
            raise UserError("upload.target_kind", path="target", column=new_target, kind="image")
        check_target(table[new_target], new_kinds[new_target])
    own_test = source_dir / "own_test.npy"
    changed = Content(
        name=reader.manifest["name"],
        kinds=new_kinds,
        table=table,
        images=reader.arrays(name for name, kind in new_kinds.items() if kind == "image"),
        target=new_target,
        own_test=np.load(own_test) if own_test.exists() else None,
        source=reader.manifest["source"],
        left_out=reader.manifest["left_out"],
    )
    return changed, settings


def revise_version(source_dir: Path, target_dir: Path, **changes: Any) -> dict[str, Any]:
    """Write the version in `source_dir`, changed as `plan_revision` says, into `target_dir` and return its manifest."""
    content, settings = plan_revision(source_dir, **changes)
    for array in sorted((source_dir / "images").glob("*.npy")):
        share_file(array, target_dir / "images" / array.name)
    return write_version(target_dir, content, settings)


def share_file(source: Path, target: Path) -> None:
    """Give an immutable file a second name; a copy where the disk has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
