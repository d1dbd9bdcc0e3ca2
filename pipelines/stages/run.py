"""Run all stages in order, from WARC files to a corpus, and write the manifest of the run."""

from collections.abc import Sequence
from dataclasses import asdict

from pipelines.beam_runner import Jobs
from pipelines.jobs.run_stage import read_manifest
from pipelines.rounds.mine import Mining, MiningResult, StopReason, mine
from pipelines.rounds.round_inputs import Crawl
from pipelines.rounds.verdict_rows import read_verdict_rows
from pipelines.stages.carry_verdicts import carry_verdicts, split_rows
from pipelines.stages.dedup import deduplicate
from pipelines.stages.input_files import read_benchmarks, read_labels, read_seed, read_tokenizer
from pipelines.stages.manifest_file import RunResult, write_manifest
from pipelines.stages.old_crawls import check_minhash, read_old_crawls
from pipelines.stages.prepare import prepare
from pipelines.stages.write import write
from pipelines.summary import report
from schemas.errors import StageRefusedError
from schemas.manifest import Manifest
from schemas.settings import Settings
from transforms.pages.warc_file import WarcFile
from transforms.storage.output_tree import OutputTree


def run(
    files: Sequence[WarcFile],
    seed: Sequence[str],
    benchmarks: str,
    labels: str | None,
    settings: Settings,
    tree: OutputTree,
    jobs: Jobs,
    against: Sequence[str] = (),
    judged: Sequence[str] = (),
    wait: bool = True,
) -> RunResult:
    """Run what is missing of all stages; the corpus is written after the last round.

    `files` are the crawl. `against` are the output trees of older crawls: copies of their corpora
    are left out. `judged` are files of verdicts on pages, of this crawl or of those. Without
    `wait`, the rounds do not wait for labels. Raises InputError for missing or unreadable inputs,
    before any work.
    """
    seed_corpus = read_seed(seed, tree.storage)
    user_patterns = read_labels(labels, tree.storage)
    verdicts = read_verdict_rows("--judged", judged, tree.storage)
    no_copies_of = read_benchmarks(benchmarks, tree.storage)
    tokenizer = read_tokenizer(settings.write.tokenizer, tree.storage)
    old_crawls = read_old_crawls(against, tree)
    check_minhash(old_crawls, asdict(settings.prepare.minhash))
    on_pages = split_rows(verdicts, [file.name for file in files], old_crawls)
    pages = prepare(files, settings.prepare, tree, jobs)
    if not pages.counters.get("pages"):
        return RunResult(pages, MiningResult([], StopReason("Stopped: the crawl has no page.")))
    copies = deduplicate(pages, settings.dedup, tree, jobs, old_crawls)
    crawl_pages = Crawl(pages, copies, tree, jobs)
    mining = Mining(
        crawl_pages,
        seed_corpus,
        settings.rounds,
        wait=wait,
        verdicts=on_pages.others,
        carried=carry_verdicts(on_pages.older, tree, jobs),
    )
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
