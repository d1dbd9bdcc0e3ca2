import hashlib
import json
from dataclasses import asdict, replace

import pytest

from pipelines.jobs.shard_job import report_of
from pipelines.rounds.mine import MiningResult, StopReason
from pipelines.stages.manifest_file import RunResult, read_manifest_file, write_manifest
from schemas.manifest import EXPANSIONS, Identity, Manifest, Output, Part
from schemas.patterns import Label
from schemas.settings import Settings
from tests.helpers.rounds import mined_round
from tests.helpers.trees import tree
from transforms.judging.certificate import Certificate, Estimates
from transforms.judging.estimates import Interval

PAGES = Manifest(
    identity=Identity(stage="prepare", settings={}, inputs={"a.warc": "a WARC file"}),
    complete=True,
    counters={"records": 9},
    input_digests={"a.warc": "cd"},
    code="1+ab",
)


FILE = "corpus/math-00000-of-00001.parquet"
COUNTERS = {"pages": 7, "tokens": 90, "formulas": 8, "text_bytes": 300, "language.en": 7}


def written_corpus(output_tree, **counters):
    """The manifest of a corpus of one file, and the report that has its tokens."""
    file = Output(path=FILE, rows=7, bytes=2, sha256="3")
    part = Part(name=FILE.partition("/")[2], outputs=[file], counters=COUNTERS)
    output_tree.write("corpus/_report.jsonl", f"{part.to_json()}\n".encode())
    inputs = {"benchmarks": {"b.jsonl": "ef"}, "tokens_by": "estimate"}
    return Manifest(
        identity=Identity(stage="write", settings={}, inputs=inputs),
        outputs=[file, report_of("corpus", output_tree)],
        counters=COUNTERS | counters,
        code="1+cd",
    )


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
    output_tree = tree(tmp_path)
    corpus = written_corpus(output_tree)
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
    assert "plan" not in settings  # prices change, and the corpus does not
    assert content.pop("sha256")
    assert settings["rounds"]["max_rounds"] == 4
    assert [figures["overlap"] for figures in rounds] == [None, 0.99]
    assert content == {
        "layout": "mathmine/4",
        "code": {"prepare": "1+ab", "rounds": "", "write": "1+cd"},
        "card": hashlib.sha256(output_tree.read("README.md")).hexdigest(),
        "tokens_by": "estimate",
        "crawl": {"a.warc": "cd"},
        "seed": {"seed.jsonl": "ab"},
        "prepare": {"records": 9},
        "dedup": {},
        "against": [],
        "benchmarks": {"b.jsonl": "ef"},
        "corpus": COUNTERS,
        "files": [{"path": FILE, "rows": 7, "bytes": 2, "sha256": "3", "tokens": 90}],
    }
    write_manifest(RunResult(PAGES, mined), Settings(), output_tree)
    content = read_manifest_file(output_tree)
    assert "card" not in content
    assert (content["benchmarks"], content["corpus"], content["files"]) == ({}, {}, [])


@pytest.mark.parametrize(
    ("old", "new"), [('"tokens": 90', '"tokens": 91'), ('"a.warc": "cd"', '"a.warc": "ce"')]
)
def test_a_manifest_that_was_changed_is_noticed(tmp_path, old, new):
    output_tree, mined = tree(tmp_path), MiningResult([mined_round(1)], StopReason("Enough."))
    assert read_manifest_file(output_tree) is None
    write_manifest(RunResult(PAGES, mined, written_corpus(output_tree)), Settings(), output_tree)
    path = tmp_path / "manifest.json"
    text = path.read_text()
    assert read_manifest_file(output_tree) == json.loads(text)
    path.write_text(text.replace(old, new))
    assert path.read_text() != text
    assert read_manifest_file(output_tree) is None
    path.write_text(text[:-9])
    assert read_manifest_file(output_tree) is None


def test_a_card_that_a_person_edited_is_left_as_it_is(tmp_path, capsys):
    output_tree, mined = tree(tmp_path), MiningResult([mined_round(1)], StopReason("Enough."))
    result = RunResult(PAGES, mined, written_corpus(output_tree))
    write_manifest(result, Settings(), output_tree)
    changed = replace(result, corpus=written_corpus(output_tree, pages=6))
    write_manifest(changed, Settings(), output_tree)
    assert "| pages | 6 |" in (tmp_path / "README.md").read_text()
    assert not capsys.readouterr().err
    (tmp_path / "README.md").write_text("edited")
    write_manifest(result, Settings(), output_tree)
    assert (tmp_path / "README.md").read_text() == "edited"
    assert capsys.readouterr().err == (f"{tmp_path}/README.md was edited, and is left as it is\n")


def test_fetched_records_are_listed_apart_from_the_crawl_with_the_files_they_are_from(tmp_path):
    expansions = {"01": {"digest": "", "warc_files": ["x.warc.gz", "y.warc.gz"]}}
    pages = replace(
        PAGES,
        identity=replace(PAGES.identity, inputs=PAGES.identity.inputs | {EXPANSIONS: expansions}),
        counters={"records": 9, "fetched": 3},
        input_digests={"a.warc": "cd", "expansion/01/00000.warc.gz": "ef"},
    )
    mined = MiningResult([mined_round(1)], StopReason("Enough."))
    output_tree = tree(tmp_path)
    write_manifest(RunResult(pages, mined, written_corpus(output_tree)), Settings(), output_tree)
    content = read_manifest_file(output_tree)
    assert content["crawl"] == {"a.warc": "cd"}
    assert content["expansions"] == {
        "files": {"expansion/01/00000.warc.gz": "ef"},
        "warc_files": ["x.warc.gz", "y.warc.gz"],
    }
    sentence = "- 3 of the records were fetched from 2 other WARC files"
    assert sentence in output_tree.read("README.md").decode()
