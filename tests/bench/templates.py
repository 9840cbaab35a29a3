"""What the templates reach: `python -m tests.bench.templates [--smoke] [--only iris,vit]` prints JSON.

Each template that has a sample is trained with its own settings, in a process with one thread, by `trainer.run`: the
figures on the test rows, beside the score that it states, and the seconds that the core worked.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.trainer.training.jobs import write_job
from trainer.data.columns import DataFacts
from trainer.data.samples import SAMPLES, build_sample, sample_is_here
from trainer.graph.bind import bind
from trainer.graph.document import parse_document
from trainer.graph.template_list import TEMPLATES, Template
from trainer.graph.templates import load_template

SMOKE = ("iris",)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.templates")
    parser.add_argument("--smoke", action="store_true", help="the quickest of all")
    parser.add_argument("--only", default="", help="ids, with commas between")
    arguments = parser.parse_args()
    with_data = [
        template.id
        for template in TEMPLATES.values()
        if template.sample is not None and sample_is_here(SAMPLES[template.sample])
    ]
    names = SMOKE if arguments.smoke else [name for name in arguments.only.split(",") if name] or with_data
    with tempfile.TemporaryDirectory() as folder:
        figures = {name: trained(TEMPLATES[name], Path(folder)) for name in names}
    print(json.dumps({"bench": "templates", "smoke": arguments.smoke, **figures}, indent=1))


def trained(template: Template, folder: Path) -> dict[str, Any]:
    """The test of one run, and what it cost."""
    assert template.sample is not None, template.id
    dataset = folder / template.sample
    if not dataset.exists():
        build_sample(template.sample, dataset)
    facts = DataFacts.from_manifest(json.loads((dataset / "manifest.json").read_text()))
    graph = bind(parse_document(load_template(template.id)), facts).to_json()
    job = write_job(folder / "jobs" / template.id, graph, dataset, template.settings)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-m", "trainer.run", str(job)], env=environment, stdout=subprocess.DEVNULL, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    end = json.loads((job / "events.jsonl").read_text().splitlines()[-1])
    stated = {template.score.metric: template.score.value, "seconds": template.score.seconds} if template.score else {}
    return {"stated": stated, "test": end["test"], "seconds": round(worked)}


if __name__ == "__main__":
    main()
