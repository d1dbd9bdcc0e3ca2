"""Run all stages in order, from WARC files to a corpus, and write the manifest of the run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.jobs.run_stage import read_manifest
from pipelines.round_report import unattended
from pipelines.rounds.mine import Mining, MiningResult, StopReason, mine
from pipelines.rounds.round_inputs import Crawl
from pipelines.rounds.verdict_rows import read_verdict_rows
from pipelines.stages.dedup import deduplicate
from pipelines.stages.input_files import read_benchmarks, read_labels, read_seed, read_tokenizer
from pipelines.stages.old_crawls import check_minhash, read_old_crawls
from pipelines.stages.prepare import prepare
from pipelines.stages.write import write
from pipelines.summary import report
from schemas.errors import StageRefusedError
from schemas.manifest import LAYOUT, Manifest
from schemas.settings import Settings
from transforms.storage.output_tree import OutputTree

_ESTIMATES = ("overall", "per_language")  # of a certificate


@dataclass(frozen=True)
class RunResult:
    """The complete stages of an output tree after a command; no `corpus` until it is written."""

    pages: Manifest
    mined: MiningResult
    corpus: Manifest | None = None
    copies: Manifest | None = None


def run(
    crawl: Sequence[str],
    seed: Sequence[str],
    benchmarks: str,
    labels: str | None,
    settings: Settings,
    tree: OutputTree,
    jobs: Jobs,
    against: Sequence[str] = (),
    judged: str | None = None,
    wait: bool = True,
) -> RunResult:
    """Run what is missing of all stages; the corpus is written after the last round.

    `against` are the output trees of older crawls: copies of their corpora are left out. `judged`
    is a file of verdicts on pages. Without `wait`, the rounds do not wait for labels. Raises
    InputError for missing or unreadable inputs, before any work.
    """
    files = crawl_files(crawl, tree.storage)
    seed_corpus = read_seed(seed, tree.storage)
    user_patterns = read_labels(labels, tree.storage)
    verdicts = read_verdict_rows("--judged", judged, tree.storage)
    no_copies_of = read_benchmarks(benchmarks, tree.storage)
    tokenizer = read_tokenizer(settings.write.tokenizer, tree.storage)
    old_crawls = read_old_crawls(against, tree)
    check_minhash(old_crawls, asdict(settings.prepare.minhash))
    pages = prepare(files, settings.prepare, tree, jobs)
    if not pages.counters.get("pages"):
        return RunResult(pages, MiningResult([], StopReason("Stopped: the crawl has no page.")))
    copies = deduplicate(pages, settings.dedup, tree, jobs, old_crawls)
    crawl_pages = Crawl(pages, copies, tree, jobs)
    mining = Mining(crawl_pages, seed_corpus, settings.rounds, wait=wait, verdicts=verdicts)
    mined = mine(mining, user_patterns)
    if mined.stop.waiting:
        return RunResult(pages, mined, copies=copies)
    corpus = write(
        pages, copies, mined.until_best, no_copies_of, settings.write, tree, jobs, tokenizer
    )
    result = RunResult(pages, mined, corpus, copies)
    write_manifest(result, settings, tree)
    return result


def prepared_pages(tree: OutputTree) -> Manifest:
    """Return the manifest of the pages; raises StageRefusedError if they are not complete."""
    pages = read_manifest("pages", tree)
    if pages is None or not pages.complete:
        raise StageRefusedError(f"{tree.folder} has no pages yet: run `mathmine prepare` first")
    return pages


def describe_run(result: RunResult, jobs: Jobs) -> str:
    """Return the tables that a command prints at its end; `jobs` has the metrics of its jobs."""
    mined = result.mined
    return report(
        result.pages,
        mined.results,
        mined.stop.message,
        result.corpus,
        jobs.metrics,
        result.copies,
        mined.labels_by_people,
    )


def write_manifest(result: RunResult, settings: Settings, tree: OutputTree) -> None:
    """Write `manifest.json`, a summary of the whole run; identical runs write identical bytes."""
    corpus, rounds = result.corpus, result.mined.rounds
    content: Mapping[str, object] = {
        "layout": LAYOUT,
        "settings": asdict(settings),
        "crawl": {
            name: facts | {"sha256": result.pages.input_digests[name]}
            for name, facts in result.pages.identity.inputs.items()
        },
        "seed": rounds[0].manifest.identity.inputs["seed"],
        "prepare": result.pages.counters,
        "dedup": result.copies.counters if result.copies else {},
        "against": result.copies.identity.inputs.get("against", []) if result.copies else [],
        "rounds": [asdict(figures) for figures in result.mined.results],
        "benchmarks": corpus.identity.inputs["benchmarks"] if corpus else {},
        "corpus": corpus.counters if corpus else {},
        "files": [asdict(output) for output in corpus.outputs] if corpus else [],
    }
    parts = {"result": _outcome(result)} | _sorted(content)
    text = json.dumps(parts, indent=1, ensure_ascii=False) + "\n"
    if not tree.exists("manifest.json") or tree.read("manifest.json") != text.encode():
        tree.write("manifest.json", text.encode())


def _outcome(result: RunResult) -> dict[str, object]:
    """Return what a reader of the manifest wants to know first."""
    best = result.mined.until_best[-1]
    figures, counters = best.result, result.corpus.counters if result.corpus else {}
    certificate = figures.certificate or {"sentence": "recall is unknown: no page was judged"}
    return {
        "pages": counters.get("pages", 0),
        "tokens": counters.get("tokens", 0),
        "round": best.number,
        "certificate": certificate["sentence"],
        "estimates": _sorted({k: v for k, v in certificate.items() if k in _ESTIMATES}),
        "unattended": unattended(figures, result.mined.labels_by_people),
        "stopped": result.mined.stop.message,
    }


def _sorted(content: Mapping[str, object]) -> dict[str, object]:
    """Return JSON with sorted keys: those of a result that was read again are, others are not."""
    ordered: dict[str, object] = json.loads(json.dumps(content, sort_keys=True))
    return ordered
