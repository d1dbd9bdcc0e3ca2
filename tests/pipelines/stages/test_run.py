import json
from dataclasses import asdict, replace

import pytest

from pipelines.beam_runner import Jobs
from pipelines.rounds.mine import MiningResult, StopReason
from pipelines.stages.run import (
    RunResult,
    prepared_pages,
    run,
    write_manifest,
)
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest, Output
from schemas.patterns import Label
from schemas.settings import Patterns, Settings
from tests.helpers.mining import FOOD, MATH, shuffled, small_settings
from tests.helpers.rounds import mined_round
from tests.helpers.trees import tree
from tests.helpers.warcs import gzip_each, record
from transforms.judging.certificate import Certificate, Estimates
from transforms.judging.estimates import Interval

PAGES = Manifest(
    identity=Identity(stage="prepare", settings={}, inputs={"a.warc": {"bytes": 5}}),
    complete=True,
    counters={"records": 9},
    input_digests={"a.warc": "cd"},
)


def test_pages_must_be_complete_for_what_reads_them(tmp_path):
    output_tree = tree(tmp_path)
    with pytest.raises(StageRefusedError, match="no pages yet: run `mathmine prepare` first"):
        prepared_pages(output_tree)
    output_tree.write("pages/_MANIFEST.json", Manifest(identity=PAGES.identity).to_json().encode())
    with pytest.raises(StageRefusedError, match="no pages yet"):
        prepared_pages(output_tree)
    output_tree.write("pages/_MANIFEST.json", PAGES.to_json().encode())
    assert prepared_pages(output_tree) == PAGES


UNATTENDED = (
    "Nobody has looked at this corpus: no page was judged, and no person labelled a pattern. "
    "`mathmine judge` draws pages to judge."
)


def test_the_manifest_begins_with_precision_and_recall_if_pages_are_judged(tmp_path):
    certificate = {
        "sentence": "recall ≥ 0.9 with 95 % confidence",
        "overall": {"judged": 30},
        "per_language": {},
        "more_needed": 0,
    }
    judged = mined_round(1, judged=30, certificate=certificate)
    worse = mined_round(2, {"a.org": Label("accept")}, held_out_loss=0.9)
    mined = MiningResult([judged, worse], StopReason("Enough."))
    write_manifest(RunResult(PAGES, mined), Settings(), tree(tmp_path))
    result = json.loads(tree(tmp_path).read("manifest.json"))["result"]
    assert (result["round"], result["unattended"]) == (1, "")
    assert result["certificate"] == "recall ≥ 0.9 with 95 % confidence"
    assert result["estimates"] == {"overall": {"judged": 30}, "per_language": {}}


def test_estimates_that_were_read_again_give_the_same_manifest(tmp_path):
    interval = Interval(0.9, 0.8, 1.0, 0.85)
    estimates = Estimates(interval, interval, judged=30, from_below=9, partly=1)
    certificate = asdict(Certificate(estimates, {"zh": estimates, "en": estimates}, 0, "recall"))
    fresh = mined_round(1, judged=30, certificate=certificate)
    manifest = Manifest.from_json(fresh.manifest.to_json())
    read_again = replace(fresh, manifest=manifest, result=manifest.results)
    texts = []
    for mined in (fresh, read_again):
        result = RunResult(PAGES, MiningResult([mined], StopReason("Enough.")))
        write_manifest(result, Settings(), tree(tmp_path))
        texts.append(tree(tmp_path).read("manifest.json"))
    assert texts[0] == texts[1]


def test_the_manifest_of_a_run_has_the_figures_of_all_stages(tmp_path):
    mined = MiningResult([mined_round(1), mined_round(2, overlap=0.99)], StopReason("Enough."))
    output = Output(path="corpus/x", rows=1, bytes=2, sha256="3")
    corpus = Manifest(
        identity=Identity(stage="write", settings={}, inputs={"benchmarks": {"b.jsonl": "ef"}}),
        outputs=[output],
        counters={"pages": 7, "tokens": 90},
    )
    output_tree = tree(tmp_path)
    write_manifest(RunResult(PAGES, mined, corpus), Settings(), output_tree)
    text = output_tree.read("manifest.json").decode()
    content = json.loads(text)
    assert text == json.dumps(content, indent=1) + "\n"
    first, *others = content
    assert (first, others) == ("result", sorted(others))
    assert content.pop("result") == {
        "pages": 7,
        "tokens": 90,
        "round": 2,
        "certificate": "recall is unknown: no page was judged",
        "estimates": {},
        "unattended": UNATTENDED,
        "stopped": "Enough.",
    }
    settings, rounds = content.pop("settings"), content.pop("rounds")
    assert settings["rounds"]["max_rounds"] == 4
    assert [figures["overlap"] for figures in rounds] == [None, 0.99]
    assert content == {
        "layout": "mathmine/3",
        "crawl": {"a.warc": {"bytes": 5, "sha256": "cd"}},
        "seed": {"seed.jsonl": "ab"},
        "prepare": {"records": 9},
        "dedup": {},
        "against": [],
        "benchmarks": {"b.jsonl": "ef"},
        "corpus": {"pages": 7, "tokens": 90},
        "files": [{"path": "corpus/x", "rows": 1, "bytes": 2, "sha256": "3"}],
    }
    write_manifest(RunResult(PAGES, mined), Settings(), output_tree)
    content = json.loads(output_tree.read("manifest.json"))
    assert (content["benchmarks"], content["corpus"], content["files"]) == ({}, {}, [])


def test_a_run_that_waits_for_labels_writes_no_corpus(tmp_path):
    texts = [shuffled(MATH * 5, i) for i in range(6)] + [shuffled(FOOD * 5, i) for i in range(6)]
    records = [
        record(f"<p>{text}</p>".encode(), f"http://{'ab'[i // 6]}.org/q/{i}")
        for i, text in enumerate(texts)
    ]
    (tmp_path / "crawl.warc.gz").write_bytes(b"".join(gzip_each(records)))
    (tmp_path / "seed.jsonl").write_text(json.dumps({"text": MATH}) + "\n")
    (tmp_path / "bench.jsonl").write_text('{"question": "What is it?"}\n')
    names = [str(tmp_path / name) for name in ("crawl.warc.gz", "seed.jsonl", "bench.jsonl")]
    output_tree, settings = (
        tree(tmp_path / "out"),
        Settings(rounds=small_settings(patterns=Patterns(), token_budget=(600,))),
    )
    result = run(names[:1], names[1:2], names[2], None, settings, output_tree, Jobs())
    assert result.mined.stop.waiting
    assert result.corpus is None
    assert result.pages.counters == {"records": 12, "pages": 12}
    assert not output_tree.exists("manifest.json")
    assert not output_tree.exists("corpus/_MANIFEST.json")
