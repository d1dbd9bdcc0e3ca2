"""Check that the counts of all stages add up: nothing is lost between two of them."""

from collections.abc import Iterator, Mapping

from schemas.manifest import EXPANSIONS, Manifest
from transforms.corpus.write_part import NOT_WRITTEN


def ledger_errors(stages: Mapping[str, Manifest]) -> Iterator[str]:
    """Yield a line for each sum that is wrong; `stages` are complete manifests by folder."""
    for folder, (what, claimed, counted) in _claims(stages):
        if claimed != counted:
            yield f"{folder}: {what}: {claimed:,} and {counted:,} differ"
    yield from _chain(stages)


Claim = tuple[str, int, int]


def _claims(stages: Mapping[str, Manifest]) -> Iterator[tuple[str, Claim]]:
    """Yield two counts that must be equal, and what they are, with the folder of their stage."""
    for folder, claims in (("pages", _pages), ("dedup", _dedup), ("corpus", _corpus)):
        if folder in stages:
            yield from ((folder, claim) for claim in claims(stages[folder], stages))
    yield from _expansions(stages)


def _pages(pages: Manifest, stages: Mapping[str, Manifest]) -> Iterator[Claim]:
    counters, rows = pages.counters, _rows(pages, "pages")
    failed, dropped = _total(counters, "failed."), _total(counters, "dropped.")
    made = counters.get("pages", 0) + dropped + failed
    yield "records, and pages + dropped + failures", counters.get("records", 0), made
    yield "counted pages, and rows", counters.get("pages", 0), rows
    yield "counted failures, and rows", failed, _rows(pages, "failures")
    known = pages.identity.inputs.get(EXPANSIONS, {})
    fetched = [stages[f"expansion/{key}"] for key in known if f"expansion/{key}" in stages]
    of_expansions = sum(stage.counters["records"] for stage in fetched)
    yield "records of expansions, and those read", of_expansions, counters.get("fetched", 0)


def _expansions(stages: Mapping[str, Manifest]) -> Iterator[tuple[str, Claim]]:
    """Yield the claims about the records that `mathmine expand` found, planned and fetched."""
    for folder, stage in stages.items():
        counters, rows = stage.counters, sum(output.rows for output in stage.outputs)
        left_out = _total(counters, "left_out.")
        if stage.identity.stage == "search":
            found = counters.get("found", 0)
            total = found + left_out
            yield folder, ("matched rows, and found + left out", counters.get("matched", 0), total)
            yield folder, ("found records, and rows", found, rows)
        elif stage.identity.stage == "plan":
            total = counters["records"] + left_out
            yield folder, ("found records, and planned + left out", counters["found"], total)
            yield folder, ("planned records, and rows", counters["records"], rows)
        elif stage.identity.stage == "fetch":
            planned = stages.get(f"{folder}/plan", stage).counters["records"]
            yield folder, ("planned records, and those fetched", planned, rows)


def _dedup(copies: Manifest, stages: Mapping[str, Manifest]) -> Iterator[Claim]:
    counters = copies.counters
    compared = counters.get("kept", 0) + _total(counters, "duplicates.")
    yield "kept pages + duplicates, and rows", compared, _rows(copies, "dedup")
    if "pages" in stages:
        yield "rows, and pages", _rows(copies, "dedup"), stages["pages"].counters.get("pages", 0)


def _corpus(corpus: Manifest, stages: Mapping[str, Manifest]) -> Iterator[Claim]:
    counters = corpus.counters
    written = counters["pages"] + sum(counters.get(name, 0) for name in NOT_WRITTEN)
    yield "collected pages, and pages written or dropped", counters["collected"], written
    yield "counted pages, and rows", counters["pages"], _rows(corpus, "corpus")
    languages = _total(counters, "language.")
    yield "pages, and their sum over languages", counters["pages"], languages
    for manifest in stages.values():
        if manifest.results and manifest.digest() == corpus.identity.inputs["round"]:
            collected = manifest.results.collected_pages
            yield "collected pages, and those of the round", counters["collected"], collected


def _chain(stages: Mapping[str, Manifest]) -> Iterator[str]:
    """Yield the stages that were made from others than are there."""
    by_digest = {manifest.digest(): folder for folder, manifest in stages.items()}
    for folder, manifest in stages.items():
        for name in ("pages", "dedup", "round"):
            made_from = manifest.identity.inputs.get(name)
            if isinstance(made_from, str) and folder != "pages" and made_from not in by_digest:
                yield f"{folder}: it was made from another {name} than is there"


def _rows(manifest: Manifest, folder: str) -> int:
    return sum(output.rows for output in manifest.parquet_in(folder))


def _total(counters: Mapping[str, int], prefix: str) -> int:
    return sum(count for name, count in counters.items() if name.startswith(prefix))
