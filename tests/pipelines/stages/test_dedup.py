from dataclasses import replace

import pytest

from pipelines.beam_runner import Jobs
from pipelines.stages.dedup import find_duplicates
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Manifest
from tests.helpers.rounds import mined_round
from tests.helpers.trees import output_of, page, read, tree, write_sidecar

FIRST, SECOND = page("http://a.org/long/1", "same text"), page("http://a.org/2", "same text")
OTHER = page("http://a.org/3", "same text")


def test_copies_among_the_pages_of_the_last_round_are_found_over_all_shards(tmp_path):
    output_tree = tree(tmp_path, a=[FIRST, OTHER], b=[SECOND])
    for number, collected in ((1, [True, True]), (2, [True, False])):
        write_sidecar(output_tree, number, "collected", "a", collected)
        write_sidecar(output_tree, number, "collected", "b", [True])
    outputs = [output_of(output_tree, f"pages/{name}") for name in "ab"]
    pages = Manifest(identity=Identity(stage="prepare", settings={}, inputs={}), outputs=outputs)
    last_round = mined_round(2)
    collected = [output_of(output_tree, f"rounds/02/collected/{name}") for name in "ab"]
    last_round = replace(last_round, manifest=replace(last_round.manifest, outputs=collected))
    manifest = find_duplicates(pages, last_round, output_tree, Jobs())
    assert manifest.complete
    assert manifest.counters == {"duplicates": 1}
    assert [output.path for output in manifest.outputs] == ["dedup/a", "dedup/b"]
    assert [row["duplicate_of"] for row in read(output_tree, "dedup/a")] == [SECOND.id, None]
    assert [row["duplicate_of"] for row in read(output_tree, "dedup/b")] == [None]
    identity = Identity(stage="dedup", settings={}, inputs={"round": last_round.manifest.digest()})
    assert manifest.identity == identity
    other = replace(last_round, manifest=replace(last_round.manifest, counters={"pages": 1}))
    with pytest.raises(StageRefusedError, match=r"inputs\.round is"):
        find_duplicates(pages, other, output_tree, Jobs())
