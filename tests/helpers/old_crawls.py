"""Handmade output trees with pages, and with a round and a corpus of some of them."""

from dataclasses import asdict
from pathlib import Path

from schemas.manifest import Identity, Manifest
from schemas.settings import Minhash
from tests.helpers.rounds import round_result
from tests.helpers.trees import output_of, tree, write_sidecar

PREPARE = {"minhash": asdict(Minhash())}


def prepared(folder, settings=PREPARE, **shards_of_pages):
    """Return a tree with shards of pages, and the manifest of `prepare`, which it has too."""
    output = tree(folder, **shards_of_pages)
    rows = [row for page_rows in shards_of_pages.values() for row in page_rows]
    pages = Manifest(
        identity=Identity(stage="prepare", settings=settings, inputs={"warc": {"bytes": 1}}),
        complete=True,
        outputs=[output_of(output, f"pages/{name}") for name in shards_of_pages],
        counters={"pages": len(rows)},
    )
    put(output, "pages", pages)
    return output, pages


def written(folder, not_collected=(), number=1, settings=PREPARE, **shards_of_pages):
    """Return a tree whose corpus has all pages but those, from round `number`."""
    output, pages = prepared(folder, settings, **shards_of_pages)
    for round_number in range(1, number + 1):
        is_last = round_number == number
        for name, rows in shards_of_pages.items():
            collected = [is_last and row not in not_collected for row in rows]
            write_sidecar(output, round_number, "collected", name, collected)
        paths = [f"rounds/{round_number:02}/collected/{name}" for name in shards_of_pages]
        last_round = Manifest(
            identity=Identity(
                stage=f"round {round_number}", settings={}, inputs={"pages": pages.digest()}
            ),
            complete=True,
            outputs=[output_of(output, path) for path in paths],
            counters={"collected_pages": pages.counters["pages"] - len(not_collected)},
            results=round_result(round=round_number),
        )
        put(output, f"rounds/{round_number:02}", last_round)
    inputs = {"round": last_round.digest(), "benchmarks": "none"}
    put(
        output,
        "corpus",
        Manifest(identity=Identity(stage="write", settings={}, inputs=inputs), complete=True),
    )
    return output


def put(output, folder, manifest):
    """Write the manifest of a stage."""
    output.write(f"{folder}/_MANIFEST.json", manifest.to_json().encode())


def files_of(folder):
    """The content of all files below a folder, by path."""
    paths = (path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in paths}
