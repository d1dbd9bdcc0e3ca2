"""What the stages of a run use: CPU time, bytes read, shuffled and stored, and requests."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.planning.estimate import ZERO, Estimate, SampledFile, crawl_total, total_bytes
from pipelines.planning.stage_costs import (
    StageCosts,
    classifier_bytes,
    training_seconds,
)
from schemas.settings import Settings
from transforms.pages.measure_start import MeasuredFile
from transforms.pages.warc_file import WarcFile

COSTS = StageCosts()


@dataclass(frozen=True)
class Crawl:
    """A crawl of `files` WARC files, and what `prepare` makes of it, as its sample shows.

    `stored_bytes` are those of the shards of pages and of failures.
    """

    files: int
    warc_bytes: Estimate
    pages: Estimate
    stored_bytes: Estimate
    cpu_seconds: Estimate


@dataclass(frozen=True)
class Usage:
    """What one stage uses. `serial_seconds` of CPU time are those that only one core can work on.

    They are part of `cpu_seconds`.
    """

    stage: str
    cpu_seconds: Estimate = ZERO
    serial_seconds: float = 0.0
    read_bytes: Estimate = ZERO
    shuffled_bytes: Estimate = ZERO
    stored_bytes: Estimate = ZERO
    reads: float = 0.0
    writes: float = 0.0


def crawl_of(files: Sequence[WarcFile], measured: Sequence[MeasuredFile]) -> Crawl:
    """Return what the whole crawl has, from the measured part of some of its files."""
    sizes = {file.name: file.file_bytes for file in measured}
    known = [size for warc in files if (size := warc.bytes or sizes.get(warc.name, 0))]
    warc_bytes = total_bytes(known, len(files) - len(known), known or list(sizes.values()))

    def total(quantities: Sequence[float]) -> Estimate:
        sample = [
            SampledFile(quantity, file.read_bytes, file.file_bytes)
            for quantity, file in zip(quantities, measured, strict=True)
        ]
        return crawl_total(sample, warc_bytes)

    pages = total([file.pages for file in measured])
    seconds = [file.cpu_seconds for file in measured if file.cpu_seconds is not None]
    return Crawl(
        files=len(files),
        warc_bytes=warc_bytes,
        pages=pages,
        stored_bytes=total([file.stored_bytes for file in measured]),
        cpu_seconds=total(seconds) if seconds else pages * COSTS.prepare_cpu_of_page,
    )


def usage(crawl: Crawl, settings: Settings) -> list[Usage]:
    """Return what each stage uses of a run with `max_rounds` rounds."""
    pages, stored, files = crawl.pages, crawl.stored_bytes, crawl.files
    share = settings.plan.corpus_share
    sidecars = pages * COSTS.dedup_written_of_page
    corpus_bytes = stored * (share * COSTS.write_written_of_byte)
    return [
        Usage(
            "prepare",
            cpu_seconds=crawl.cpu_seconds,
            read_bytes=crawl.warc_bytes,
            stored_bytes=stored,
            reads=COSTS.prepare_reads * files,
            writes=COSTS.prepare_writes * files + _parts(stored),
        ),
        Usage(
            "dedup",
            cpu_seconds=pages * COSTS.dedup_cpu_of_page + Estimate.exactly(COSTS.dedup_cpu),
            read_bytes=stored * COSTS.dedup_read,
            shuffled_bytes=pages * COSTS.dedup_shuffled_of_page,
            stored_bytes=sidecars,
            reads=COSTS.dedup_reads * files,
            writes=COSTS.dedup_writes * files + _parts(sidecars),
        ),
        _rounds(crawl, settings),
        Usage(
            "write",
            cpu_seconds=pages * (share * COSTS.write_cpu_of_page)
            + Estimate.exactly(COSTS.write_cpu),
            read_bytes=stored * COSTS.write_read,
            stored_bytes=corpus_bytes,
            reads=COSTS.write_reads * files,
            writes=COSTS.write_writes * files + _parts(corpus_bytes),
        ),
    ]


def _rounds(crawl: Crawl, settings: Settings) -> Usage:
    pages, stored, files = crawl.pages, crawl.stored_bytes, crawl.files
    classifier, number = settings.rounds.classifier, settings.rounds.max_rounds
    training = training_seconds(settings.rounds, pages.value, COSTS)
    of_byte = COSTS.round_cpu_of_byte + COSTS.round_cpu_of_byte_and_dimension * classifier.dimension
    cpu = stored * of_byte + pages * COSTS.round_cpu_of_page
    model = Estimate.exactly(classifier_bytes(settings.rounds, pages.value, COSTS))
    drawn = min(1.0, settings.rounds.negatives / max(1.0, pages.value))
    texts = stored * (drawn * COSTS.round_sampled)
    written = pages * COSTS.round_written_of_page + model + texts
    return Usage(
        "round" if number == 1 else f"{number} rounds",
        cpu_seconds=(cpu + Estimate.exactly(training + COSTS.round_cpu)) * number,
        serial_seconds=training * number,
        read_bytes=(stored * COSTS.round_read + model + texts) * number,
        shuffled_bytes=pages * (COSTS.round_shuffled_of_page * number),
        stored_bytes=written * number,
        reads=COSTS.round_reads * files * number,
        writes=(COSTS.round_writes * files + _parts(written)) * number,
    )


def _parts(written: Estimate) -> float:
    """Return the requests for the parts that large files are uploaded in."""
    return written.value / COSTS.upload_part
