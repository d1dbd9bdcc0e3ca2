"""`mathmine run`: from WARC files to a corpus, all stages in order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.stages.prepare import prepare
from pipelines.stages.round import Seed
from pipelines.stages.rounds import Loop, Mined
from pipelines.stages.stage import read_manifest
from pipelines.stages.write import benchmark_files, write
from schemas.errors import StageRefusedError, reading
from schemas.manifest import LAYOUT, Manifest
from schemas.patterns import Pattern, parse_patterns
from schemas.settings import Settings
from transforms.recall.seed import count_seed_texts, seed_files
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree


@dataclass(frozen=True)
class Made:
    """What stands in an output tree after a command: as many stages as there are."""

    pages: Manifest
    mined: Mined
    corpus: Manifest | None = None


def run(
    crawl: Sequence[str],
    seed: Sequence[str],
    benchmarks: str,
    labels: str | None,
    settings: Settings,
    tree: OutputTree,
    jobs: Jobs,
) -> Made:
    """Do what is missing of all stages; the corpus is written when the rounds have ended.

    Raises InputError for missing or unreadable inputs, before any work.
    """
    files = crawl_files(crawl, tree.storage)
    seeds = read_seed(seed, tree.storage)
    rows = read_labels(labels, tree.storage)
    benchmark_paths = benchmark_files(benchmarks, tree.storage)
    pages = prepare(files, settings.prepare, tree, jobs)
    mined = Loop(pages, seeds, rows, settings.rounds, tree, jobs).run()
    if mined.waiting:
        return Made(pages, mined)
    corpus = write(pages, mined.rounds, benchmark_paths, settings.write, tree, jobs)
    made = Made(pages, mined, corpus)
    write_manifest(made, settings, tree)
    return made


def read_seed(paths: Sequence[str], storage: Storage) -> Seed:
    """Count and fingerprint the texts of the seed corpus; raises InputError for a bad file."""
    texts, digests = {}, {}
    for file in seed_files(paths, storage):
        with reading(f"--seed {file}"):
            texts[file] = count_seed_texts(file, storage)
            digests[file.rpartition("/")[2]] = storage.sha256(file)
    return Seed(texts, digests)


def read_labels(path: str | None, storage: Storage) -> list[Pattern]:
    """Read the patterns that a person brought, if any; raises InputError for a bad file."""
    if not path:
        return []
    with reading(f"--labels {path}"):
        text = storage.read(path).decode()
    return parse_patterns(text, path)


def prepared_pages(tree: OutputTree) -> Manifest:
    """Return the manifest of the pages that stand; raises StageRefusedError if none do."""
    pages = read_manifest("pages", tree)
    if pages is None or not pages.complete:
        raise StageRefusedError(f"{tree.folder} has no pages yet: run `mathmine prepare` first")
    return pages


def write_manifest(made: Made, settings: Settings, tree: OutputTree) -> None:
    """Write `manifest.json`: the whole run on one page. Equal runs write equal ones."""
    corpus = made.corpus
    content: Mapping[str, object] = {
        "layout": LAYOUT,
        "settings": asdict(settings),
        "crawl": made.pages.identity.inputs,
        "seed": made.mined.rounds[0].identity.inputs["seed"],
        "prepare": made.pages.counters,
        "rounds": [one.results for one in made.mined.rounds],
        "stopped": made.mined.reason,
        "benchmarks": corpus.identity.inputs["benchmarks"] if corpus else {},
        "corpus": corpus.counters if corpus else {},
        "files": [asdict(output) for output in corpus.outputs] if corpus else [],
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    tree.write("manifest.json", text.encode())
