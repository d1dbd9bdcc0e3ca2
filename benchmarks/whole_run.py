"""Measure the CPU time per page of all stages of mathmine, compared with a recipe of datatrove.

    pip install -c constraints.txt -e ".[mine,bench]"
    python benchmarks/whole_run.py --crawl ../shared/data/crawl \
        --seed ../shared/data/seed/positives.jsonl --datatrove PYTHON

PYTHON is that of an environment of its own, since datatrove's MinHash needs an older `xxhash`:

    pip install datatrove==0.10.1 trafilatura==2.3.1 "xxhash<3.6" fasttext-numpy2-wheel spacy \
        orjson warcio fastwarc faust-cchardet lxml_html_clean python-magic fasteners

mathmine prepares the pages, finds copies, mines two rounds, each with a classifier that it trains
and a pass over all pages, and writes the corpus, with the settings of quality.toml. The recipe of
datatrove is WarcReader and Trafilatura, the four stages of MinHash deduplication, and one pass of
FastTextClassifierFilter with the classifier of mathmine's last round, all with their defaults. Its
limit of one second for a page is wall-clock time, after which the page is lost and its process
starts anew; on a busy machine that costs pages and time, so a second run has a limit of a minute.

Both read the same WARC files with one worker. CPU time is user and system time of a process and its
children, start and imports included, divided by the number of pages that mathmine makes. Files with
a damaged member are left out, since datatrove stops there.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path = [str(ROOT)] + [p for p in sys.path if Path(p).resolve() != ROOT / "benchmarks"]

Figures = dict[str, float]
LIMITS = (1.0, 60.0)  # seconds for a page in datatrove; the first is its default
BUCKETS = 14  # of datatrove's MinHash, each a task


def run_mathmine(files: list[str], seed: str, classifier: Path) -> Figures:
    """Run all stages with two rounds, and keep the classifier of the second."""
    from benchmarks.stages import run_stages
    from schemas.settings import load_settings

    settings = load_settings(ROOT / "benchmarks" / "quality.toml")
    rounds = replace(settings.rounds, max_rounds=2)
    return run_stages(files, seed, replace(settings, rounds=rounds), classifier)


def run_datatrove(files: list[str], classifier: Path, limit: float) -> Figures:
    """Extract, deduplicate and classify; return the CPU seconds of the steps, and page counts."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import (
        MinhashDedupBuckets,
        MinhashDedupCluster,
        MinhashDedupFilter,
        MinhashDedupSignature,
    )
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.filters import FastTextClassifierFilter
    from datatrove.pipeline.readers import JsonlReader, WarcReader
    from datatrove.pipeline.writers import JsonlWriter

    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        names = Path(folder, "names")
        names.write_text("\n".join(map(os.path.basename, files)))
        text, signatures, buckets, ids, kept, classified = (
            str(Path(folder, name))
            for name in ("text", "signatures", "buckets", "ids", "kept", "classified")
        )
        reader = WarcReader(os.path.dirname(files[0]), paths_file=str(names))
        steps = {
            "extract": [[reader, Trafilatura(timeout=limit), JsonlWriter(text)]],
            "dedup": [
                [JsonlReader(text), MinhashDedupSignature(signatures)],
                [MinhashDedupBuckets(signatures, buckets)],
                [MinhashDedupCluster(buckets, ids)],
                [JsonlReader(text), MinhashDedupFilter(ids), JsonlWriter(kept)],
            ],
            "classify": [
                [
                    JsonlReader(kept),
                    FastTextClassifierFilter(
                        str(classifier), ("math", 0.5), newline_replacement=" "
                    ),
                    JsonlWriter(classified),
                ]
            ],
        }
        for name, executors in steps.items():
            before = cpu_seconds()
            for number, pipeline in enumerate(executors):
                logs = str(Path(folder, f"logs-{name}-{number}"))
                tasks = BUCKETS if isinstance(pipeline[0], MinhashDedupBuckets) else 1
                executor = LocalPipelineExecutor(pipeline, tasks, workers=1, logging_dir=logs)
                stats = executor.run()
                if name == "extract":
                    counts = stats.stats[1].stats
                    figures["pages"] = counts["forwarded"].total
                    figures["lost"] = counts["timeout"].total if "timeout" in counts else 0
            figures[name] = cpu_seconds() - before
    return figures


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its finished children."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def measure(python: str, *arguments: str) -> Figures:
    """Run this script in a separate process; return its figures, and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [python, __file__, *arguments]
    process = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(process.stdout.decode().strip().splitlines()[-1]) | {"all": used}


def compare(files: list[str], seed: str, datatrove: str) -> str:
    """Return a table of CPU time per page by stage, of both."""
    from pipelines.progress import table

    with tempfile.TemporaryDirectory() as folder:
        common = ["--classifier", str(Path(folder, "classifier.bin")), "--seed", seed, *files]
        ours = measure(sys.executable, "--contender", "mathmine", *common)
        theirs = {
            limit: measure(datatrove, "--contender", "datatrove", "--limit", str(limit), *common)
            for limit in LIMITS
        }
    pages = ours["pages"]
    stages = ("prepare", "dedup", "mine", "write")
    per_page = {stage: 1000 * ours[stage] / pages for stage in (*stages, "all")}
    per_page["start"] = per_page["all"] - sum(per_page[stage] for stage in stages)
    first = table(
        [[per_page[name] for name in ("start", *stages, "all")]], ["start", *stages, "all"]
    )
    rows = [["mathmine", int(pages), 0, per_page["all"], 1.0]]
    for limit, run in theirs.items():
        name = f"datatrove, limit {limit:g} s"
        steps = ", ".join(
            f"{step} {1000 * run[step] / pages:.1f}" for step in ("extract", "dedup", "classify")
        )
        print(f"{name}: {steps}")
        rows.append(
            [
                name,
                int(run["pages"]),
                int(run["lost"]),
                1000 * run["all"] / pages,
                run["all"] / ours["all"],
            ]
        )
    second = table(rows, ["", "pages", "lost by the limit", "CPU ms per page", "relative"])
    return (
        f"{len(files)} files, {int(pages)} pages, {int(ours['rounds'])} rounds\n{first}\n{second}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--crawl", type=Path, default=ROOT / "examples" / "crawl")
    parser.add_argument("--seed", default=str(ROOT / "examples" / "seed.jsonl"))
    parser.add_argument("--most", type=int, help="read only the first files")
    parser.add_argument("--datatrove", default=sys.executable, help="a Python that has datatrove")
    parser.add_argument("--contender", choices=("mathmine", "datatrove"), help=argparse.SUPPRESS)
    parser.add_argument("--classifier", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--limit", type=float, help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.contender == "mathmine":
        print("\n" + json.dumps(run_mathmine(args.files, args.seed, args.classifier)))
    elif args.contender == "datatrove":
        print("\n" + json.dumps(run_datatrove(args.files, args.classifier, args.limit)))
    else:
        from benchmarks.prepare import undamaged_files

        files = undamaged_files(args.crawl, args.most)
        print(compare(files, str(Path(args.seed).resolve()), args.datatrove))
    return 0


if __name__ == "__main__":
    sys.exit(main())
