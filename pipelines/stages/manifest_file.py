"""Write `manifest.json`, which describes a whole run, and the dataset card."""

import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.round_report import unattended
from pipelines.rounds.mine import MiningResult
from pipelines.stages.dataset_card import CARD, dataset_card
from pipelines.stages.write import file_tokens
from schemas.manifest import EXPANSIONS, LAYOUT, Manifest, digest_of
from schemas.settings import Settings
from transforms.storage.output_tree import OutputTree

FILE = "manifest.json"
_ESTIMATES = ("overall", "per_language")  # of a certificate


@dataclass(frozen=True)
class RunResult:
    """The complete stages of an output tree after a command; no `corpus` until it is written."""

    pages: Manifest
    mined: MiningResult
    corpus: Manifest | None = None
    copies: Manifest | None = None


def write_manifest(result: RunResult, settings: Settings, tree: OutputTree) -> None:
    """Write `manifest.json`, a summary of the whole run, and the dataset card of its corpus.

    Identical runs write identical bytes. A card that a person edited is left as it is.
    """
    parts = {"result": _outcome(result)} | _sorted(_content(result, settings, tree))
    before = read_manifest_file(tree) or {}
    if result.corpus:
        card = dataset_card(parts).encode()
        parts["card"] = hashlib.sha256(card).hexdigest()
        _write_card(card, str(before.get("card")), tree)
    content = _sealed(parts)
    if before != content:
        tree.write(FILE, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def read_manifest_file(tree: OutputTree) -> dict[str, Any] | None:
    """Return the content of `manifest.json`, or None if there is none, or it was changed."""
    if not tree.exists(FILE):
        return None
    try:
        content = json.loads(tree.read(FILE))
        is_intact = content["sha256"] == _sealed(content)["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return content if is_intact else None


def _sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content, in order of its keys but for the first, with its digest as `sha256`."""
    others = {key: content[key] for key in sorted(content) if key not in ("result", "sha256")}
    unsealed = {"result": content["result"], **others}
    sealed = others | {"sha256": digest_of(unsealed)}
    return {"result": content["result"], **{key: sealed[key] for key in sorted(sealed)}}


def _content(result: RunResult, settings: Settings, tree: OutputTree) -> Mapping[str, Any]:
    corpus, copies, rounds = result.corpus, result.copies, result.mined.rounds
    stages = {
        "prepare": result.pages,
        "dedup": copies,
        "rounds": rounds[-1].manifest,
        "write": corpus,
    }
    return {
        "layout": LAYOUT,
        "code": {name: manifest.code for name, manifest in stages.items() if manifest},
        "settings": settings.of_corpus(),
        "crawl": _digests_of_crawl(result.pages),
        **_expansions(result.pages),
        "seed": rounds[0].manifest.identity.inputs["seed"],
        "prepare": result.pages.counters,
        "dedup": copies.counters if copies else {},
        "against": copies.identity.inputs.get("against", []) if copies else [],
        "rounds": [asdict(figures) for figures in result.mined.results],
        "benchmarks": corpus.identity.inputs["benchmarks"] if corpus else {},
        "tokens_by": corpus.identity.inputs["tokens_by"] if corpus else "",
        "corpus": corpus.counters if corpus else {},
        "files": corpus_files(corpus, tree) if corpus else [],
    }


def _digests_of_crawl(pages: Manifest) -> dict[str, str]:
    """Return the digests of the WARC files of the crawl, without those of fetched records."""
    names = set(pages.warc_names)
    return {name: sha for name, sha in sorted(pages.input_digests.items()) if name in names}


def _expansions(pages: Manifest) -> dict[str, Any]:
    """Return the files of fetched records, and the WARC files of which they have a part, if any."""
    if EXPANSIONS not in pages.identity.inputs:
        return {}
    crawl = set(pages.warc_names)
    files = {name: sha for name, sha in pages.input_digests.items() if name not in crawl}
    return {
        "expansions": {
            "files": dict(sorted(files.items())),
            "warc_files": [name for name in pages.source_names if name not in crawl],
        }
    }


def corpus_files(corpus: Manifest, tree: OutputTree) -> list[dict[str, Any]]:
    """Return the path, size, rows, tokens and digest of each file of the corpus."""
    tokens = file_tokens(corpus, tree)
    files = corpus.parquet_in("corpus")
    return [asdict(file) | {"tokens": tokens[file.path]} for file in files]


def _write_card(card: bytes, before: str, tree: OutputTree) -> None:
    if tree.exists(CARD):
        existing = tree.read(CARD)
        if existing == card:
            return
        if hashlib.sha256(existing).hexdigest() != before:
            print(f"{tree.at(CARD)} was edited, and is left as it is", file=sys.stderr)
            return
    tree.write(CARD, card)


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
