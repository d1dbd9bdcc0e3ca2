"""Run the stages of `mathmine run` in this process, and measure the CPU time of each."""

import resource
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.rounds.mine import Mining, mine
from pipelines.rounds.round_inputs import Crawl
from pipelines.stages.dedup import deduplicate
from pipelines.stages.input_files import read_benchmarks, read_seed
from pipelines.stages.prepare import prepare
from pipelines.stages.write import write
from schemas.settings import Settings
from transforms.html import sandbox
from transforms.storage.output_tree import OutputTree

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("prepare", "dedup", "mine", "write")


def run_stages(
    crawl: Sequence[str], seed: str, settings: Settings, classifier: Path | None = None
) -> dict[str, float]:
    """Run all stages; return pages, rounds, CPU seconds of each stage, and peak MB.

    The classifier of the last round is copied to `classifier`. The peak is that of the process plus
    that of its largest child.
    """
    jobs = Jobs(("--direct_running_mode=in_memory",))
    positives = read_seed([seed], jobs.storage)
    benchmarks = read_benchmarks(str(ROOT / "examples" / "benchmarks"), jobs.storage)
    with tempfile.TemporaryDirectory() as folder:
        tree = OutputTree(folder, jobs.storage)
        times = [cpu_seconds()]
        pages = prepare(crawl_files(crawl, jobs.storage), settings.prepare, tree, jobs)
        times.append(cpu_seconds())
        copies = deduplicate(pages, settings.dedup, tree, jobs)
        times.append(cpu_seconds())
        mining = Mining(Crawl(pages, copies, tree, jobs), positives, settings.rounds, wait=False)
        mined = mine(mining, [])
        times.append(cpu_seconds())
        write(pages, copies, mined.until_best, benchmarks, settings.write, tree, jobs)
        times.append(cpu_seconds())
        if classifier:
            last = max(Path(folder, "rounds").glob("*/classifier.bin"))
            classifier.write_bytes(last.read_bytes())
    figures = {"pages": pages.counters["pages"], "rounds": len(mined.rounds)}
    figures |= {stage: times[i + 1] - times[i] for i, stage in enumerate(STAGES)}
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    peak = sum(resource.getrusage(who).ru_maxrss for who in both) / 1024
    return figures | {"peak_mb": peak}


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and its children, after ending idle ones.

    The time of a child counts only when it has ended.
    """
    sandbox.kill_idle()
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
