import json

import pytest

from pipelines.beam_runner import Jobs
from pipelines.crawl_files import crawl_files
from pipelines.stages.run import prepared_pages, run
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.settings import Patterns, Settings
from tests.helpers.mining import FOOD, MATH, shuffled, small_settings
from tests.helpers.trees import tree
from tests.helpers.warcs import gzip_each, record

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
    files = crawl_files(names[:1], output_tree.storage)
    result = run(files, names[1:2], names[2], None, settings, output_tree, Jobs())
    assert result.mined.stop.waiting
    assert result.corpus is None
    assert result.pages.counters == {"records": 12, "pages": 12}
    assert not output_tree.exists("manifest.json")
    assert not output_tree.exists("corpus/_MANIFEST.json")
