import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipelines.beam_runner import Jobs
from schemas.manifest import Output
from tests.helpers.trees import tree
from transforms.storage.shard import ReadItems, Shard, read_items, shards_in, write_items


def output(path):
    return Output(path=path, rows=1, bytes=2, sha256=f"digest of {path}")


OUTPUTS = [
    output(path)
    for path in ("pages/b", "failures/b", "pages/a", "r/scores/a", "r/scores/b", "r/scores/z", "x")
]
SHARDS = [
    Shard(name, {"pages": output(f"pages/{name}"), "r/scores": output(f"r/scores/{name}")})
    for name in "ab"
]


def test_shards_have_their_files_in_the_folders_that_a_stage_reads():
    assert shards_in(OUTPUTS, ["pages", "r/scores"]) == SHARDS
    assert shards_in(OUTPUTS, ["pages"])[0].files == {"pages": output("pages/a")}
    assert SHARDS[0].file("r/scores") == output("r/scores/a")
    assert shards_in([], ["pages"]) == []


def test_shards_are_read_back_whatever_characters_a_name_has(tmp_path):
    output_tree = tree(tmp_path)
    odd = [Shard("a\u2028b\udc80\n", {"pages": output("pages/a\u2028b\udc80\n")}), *SHARDS]
    write_items(odd, "items", output_tree)
    assert list(read_items("items", Shard.from_json, output_tree)) == odd


@pytest.mark.slow
def test_a_job_reads_its_shards_from_the_file(tmp_path):
    output_tree = tree(tmp_path)
    write_items(SHARDS, "items", output_tree)

    def build(pipeline):
        shards = pipeline | ReadItems("items", Shard.from_json, output_tree)
        assert_that(shards | beam.Map(lambda shard: shard.name), equal_to(["a", "b"]))

    Jobs().run(build)
