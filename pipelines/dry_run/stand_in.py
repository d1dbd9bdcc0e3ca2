"""A small crawl with a seed, made up, on which a dry run goes through all stages."""

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.settings import Classifier, Settings

_MATH = "theorem proof lemma integral matrix group vector space continuous function limit sum"
_OTHER = "recipe butter travel hotel garden football music ticket summer price city market"
_PAGES = 30  # of each kind, on ten hosts
_SEED_TEXTS = 40
_WORDS = 120


@dataclass(frozen=True)
class StandIn:
    """The paths of a WARC file and of a seed."""

    crawl: Path
    seed: Path


def write_stand_in(folder: Path) -> StandIn:
    """Write the files of a stand-in crawl to an existing folder."""
    rng = random.Random(0)
    pages = [
        (f"http://{kind}-{i % 10}.org/pages/{i}", _text(words, rng))
        for kind, words in (("math", _MATH), ("other", _OTHER))
        for i in range(_PAGES)
    ]
    pages += [(f"{url}/copy", text) for url, text in pages[::10]]
    crawl, seed = folder / "stand-in.warc", folder / "seed.jsonl"
    crawl.write_bytes(b"".join(_record(url, text) for url, text in pages))
    texts = (json.dumps({"text": _text(_MATH, rng)}) for _ in range(_SEED_TEXTS))
    seed.write_text("".join(f"{line}\n" for line in texts), encoding="utf-8")
    return StandIn(crawl, seed)


def stand_in_settings(settings: Settings) -> Settings:
    """Return settings with the steps of `settings` that mine one round of the stand-in crawl."""
    rounds = replace(
        settings.rounds,
        max_rounds=1,
        cut="seed_recall",
        token_budget=(),
        min_score=0.0,
        min_tokens=1,
        min_prose_words=1,
        max_link_share=1.0,
        classifier=Classifier(dimension=4, buckets=100, min_count=1, epochs=5, learning_rate=0.5),
    )
    prepare = replace(settings.prepare, languages=(), page_seconds=60.0, max_html_bytes=1_000_000)
    return replace(settings, prepare=prepare, rounds=rounds)


def _text(words: str, rng: random.Random) -> str:
    return " ".join(rng.choices(words.split(), k=_WORDS))


def _record(url: str, text: str) -> bytes:
    html = f"<html><body><main><h1>{text[:20]}</h1><p>{text}.</p></main></body></html>"
    block = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{html}".encode()
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: 2026-01-15T00:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"
