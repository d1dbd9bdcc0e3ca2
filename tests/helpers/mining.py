"""A crawl small enough to mine in seconds: twelve pages of mathematics and eight of recipes."""

import json
import random
from dataclasses import replace

from pipelines.rounds.round_inputs import Round
from pipelines.stages.input_files import read_seed
from schemas.manifest import Identity, Manifest
from schemas.settings import Classifier, Patterns, Rounds
from tests.helpers.eager_jobs import EagerJobs
from tests.helpers.trees import output_of, page, tree

SHARDS = ("a.parquet", "b.parquet")
SMALL = Classifier(dimension=8, buckets=1000, min_count=1, learning_rate=0.5, epochs=20)
MATH = "theorem and proof of a lemma with $x$ and sum over integral"
FOOD = "cake recipe with sugar and butter in a hot oven for dinner"


def _rotated(text, count):
    """The same words in another order, so that no two pages have the same score."""
    words = text.split()
    return " ".join(words[count:] + words[:count])


def shuffled(text, seed):
    """The same words in random order, which is no copy."""
    words = text.split()
    random.Random(seed).shuffle(words)
    return " ".join(words)


MATH_PAGES = [page(f"http://math.org/q/{i}", _rotated(MATH, i)) for i in range(12)]
FOOD_PAGES = [page(f"http://food.org/{i}", _rotated(FOOD, i)) for i in range(8)]
PAGES = {
    "a.parquet": MATH_PAGES[:7] + FOOD_PAGES[:4],
    "b.parquet": MATH_PAGES[7:] + FOOD_PAGES[4:],
}
TOKENS = sum(row.tokens for row in MATH_PAGES)


def small_settings(**changes):
    """Settings by which a round collects the twelve pages of mathematics."""
    settings = {
        "positives": 40,
        "negatives": 40,
        "cut": "tokens",
        "token_budget": (TOKENS,),
        "min_tokens": 10,
        "min_prose_words": 0,
        "classifier": SMALL,
        "patterns": Patterns(accept_share=0.8, accept_pages=5, accept_probability=0.0),
    }
    return Rounds(**settings | changes)


def small_crawl(folder):
    """Write pages and a seed; return the tree, the manifests of pages and copies, and the seed."""
    output_tree = tree(folder / "out", **PAGES)
    outputs = [
        replace(output_of(output_tree, f"pages/{name}"), path=f"{folder}/{name}", bytes=1000)
        for name in PAGES
        for folder in ("failures", "pages")
    ]
    identity = Identity(stage="prepare", settings={}, inputs={"crawl.warc": {"bytes": 1}})
    pages = Manifest(identity=identity, complete=True, outputs=outputs[::-1])
    output_tree.write("pages/_MANIFEST.json", pages.to_json().encode())
    copies = Manifest(
        identity=Identity(stage="dedup", settings={}, inputs={}),
        complete=True,
        outputs=[output_of(output_tree, f"dedup/{name}") for name in PAGES],
    )
    output_tree.write("dedup/_MANIFEST.json", copies.to_json().encode())
    seed = folder / "seed.jsonl"
    texts = (f"{chr(97 + i)} {MATH}" for i in range(26))  # the classifier sees no digits
    seed.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return output_tree, pages, copies, read_seed([str(seed)], output_tree.storage)


def small_round(folder, number=1, labels=None, **changes):
    """Round `number` over the small crawl."""
    output_tree, pages, copies, seed = small_crawl(folder)
    settings = small_settings(**changes)
    return Round(number, labels or {}, pages, copies, seed, settings, output_tree, EagerJobs())
