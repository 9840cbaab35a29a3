"""The command line of the graph: ``python -m trainer.graph check|code|hash|diff|import FILE ...``."""

import argparse
import json
import sys
from pathlib import Path

from trainer.data.columns import DataFacts
from trainer.errors import UserError
from trainer.graph.analysis import analyse
from trainer.graph.bind import bind
from trainer.graph.codegen import generate_code
from trainer.graph.diff import diff
from trainer.graph.document import content_hash, parse_document, read_json
from trainer.graph.importing.files import import_file
from trainer.graph.importing.weights import write_weights


def main(arguments: list[str] | None = None) -> int:
    """Print what was asked of a document; 1 where it has errors or differences, 2 where it cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m trainer.graph", description=__doc__)
    parser.add_argument("action", choices=("check", "code", "hash", "diff", "import"))
    parser.add_argument("file", type=Path, help="the document, as JSON; for import a model")
    parser.add_argument("other", type=Path, nargs="?", help="for diff: the document it is compared with")
    parser.add_argument("-o", "--output", type=Path, help="for import: where the document goes")
    parser.add_argument("--weights", type=Path, help="for import: where the weights go, as safetensors")
    parser.add_argument(
        "--graph", type=Path, help="for an import of weights: the document or Keras model (JSON) they are for"
    )
    parser.add_argument("--data", type=Path, help="a data set's manifest.json to bind the graph to")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--language", choices=("en", "zh"), default="en")
    options = parser.parse_args(arguments)
    if (options.other is not None) is not (options.action == "diff"):
        parser.error("diff takes two documents, the other actions take one")
    try:
        if options.action == "import":
            return _import(options)
        document = parse_document(read_json(options.file.read_bytes()))
        if options.action == "diff":
            found = diff(document, parse_document(read_json(options.other.read_bytes())))
            print(json.dumps(found, indent=2, ensure_ascii=False))
            return int(any(entries for part in found.values() for entries in part.values()))
        facts = DataFacts.from_manifest(json.loads(options.data.read_bytes())) if options.data else None
        if options.action == "check":
            found = analyse(document, facts=facts, batch_size=options.batch_size, language=options.language)
            print(json.dumps(found, indent=2, ensure_ascii=False))
            return int(any(problem["severity"] == "error" for problem in found["problems"]))
        document = bind(document, facts) if facts else document
        print(generate_code(document) if options.action == "code" else content_hash(document))
    except UserError as error:
        print(f"{error.path}: {error.message(options.language)}" if error.path else error, file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem.path}: {problem.message(options.language)}", file=sys.stderr)
        return 2
    return 0


def _import(options: argparse.Namespace) -> int:
    """Write the document and the weights of a model; print the report; 1 where parts of it are not known."""
    graph = read_json(options.graph.read_bytes()) if options.graph else None
    imported = import_file(options.file.read_bytes(), options.file.name, graph)
    text = json.dumps(imported.document.to_json(), indent=2, ensure_ascii=False)
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    else:
        print(text)
    if options.weights and imported.weights:
        options.weights.write_bytes(write_weights(imported.weights))
    lines = imported.report.to_json(options.language)
    for line in lines:
        print(f"{line['level']}: {line['message']}", file=sys.stderr)
    return int(any(line["level"] == "error" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
