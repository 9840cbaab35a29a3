"""The committed description of the API, and the front end's types made of it, are what the code would generate now."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

SCHEMA = settings.BASE_DIR / "frontend" / "src" / "api" / "schema.json"
TYPES = SCHEMA.with_suffix(".d.ts")


def test_committed_schema_is_the_generated_one() -> None:
    generated = StringIO()
    call_command("spectacular", "--format", "openapi-json", "--fail-on-warn", stdout=generated, stderr=StringIO())
    assert json.loads(generated.getvalue()) == json.loads(SCHEMA.read_text()), (
        "run `make gen` and commit what it writes"
    )


def test_committed_types_are_made_of_the_schema(tmp_path: Path) -> None:
    made = tmp_path / "schema.d.ts"
    tool = settings.BASE_DIR / "frontend" / "node_modules" / ".bin" / "openapi-typescript"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [tool, SCHEMA, "-o", made, "--default-non-nullable=false"]
    subprocess.run(command, env={**os.environ, "PATH": path}, check=True, capture_output=True)
    assert made.read_text() == TYPES.read_text(), "run `make gen` and commit what it writes"
