from dataclasses import replace

import pytest

from pipelines.beam_runner import Jobs
from pipelines.stages.dedup import deduplicate, deduplicated_pages
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from schemas.settings import Dedup
from tests.helpers.trees import output_of, page, read, tree

FIRST, SECOND = page("http://a.org/long/1", "same text"), page("http://a.org/2", "same text")
OTHER = page("http://a.org/3", "something else")


def test_copies_are_found_over_all_shards_once(tmp_path):
    output_tree = tree(tmp_path, a=[FIRST, OTHER], b=[SECOND])
    pages = Manifest(
        identity=Identity(stage="prepare", settings={}, inputs={}),
        outputs=[output_of(output_tree, f"pages/{name}") for name in "ab"],
        counters={"pages": 3},
    )
    with pytest.raises(StageRefusedError, match="run `mathmine dedup` first"):
        deduplicated_pages(output_tree)
    copies = deduplicate(pages, Dedup(), output_tree, Jobs())
    assert copies.complete
    assert copies.counters == {"kept": 2, "duplicates.text": 1, "url_changed": 0}
    assert [output.path for output in copies.outputs] == ["dedup/a", "dedup/b"]
    assert [row["duplicate_of"] for row in read(output_tree, "dedup/a")] == [SECOND.id, None]
    assert [row["keep"] for row in read(output_tree, "dedup/b")] == [True]
    assert copies.identity == Identity(
        stage="dedup",
        settings={"min_similarity": 0.7, "url_changed": "best"},
        inputs={"pages": pages.digest()},
    )
    assert deduplicated_pages(output_tree) == copies
    with pytest.raises(StageRefusedError, match=r"inputs\.pages is"):
        deduplicate(replace(pages, counters={"pages": 4}), Dedup(), output_tree, Jobs())
    with pytest.raises(StageRefusedError, match=r"settings\.min_similarity is 0\.7 there, 0\.8"):
        deduplicate(pages, Dedup(min_similarity=0.8), output_tree, Jobs())
