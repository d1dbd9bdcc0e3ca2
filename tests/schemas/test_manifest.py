import json
from dataclasses import replace

import pytest

from schemas.errors import StageRefusedError
from schemas.manifest import EXPANSIONS, Identity, Manifest, Output, Part, differences
from tests.helpers.rounds import round_result

IDENTITY = Identity(
    stage="write",
    settings={"ngram": 10, "classifier": {"threads": 1}},
    inputs={"a.warc": {"bytes": 7}},
)
OUTPUT = Output(path="corpus/a.parquet", rows=3, bytes=100, sha256="ab")


def test_manifests_and_parts_are_read_as_they_were_written():
    manifest = Manifest(
        identity=IDENTITY,
        complete=True,
        outputs=[OUTPUT],
        counters={"pages": 3},
        results=round_result(),
    )
    assert Manifest.from_json(manifest.to_json()) == manifest
    part = Part(name="a\u2028b", outputs=[OUTPUT], counters={"pages": 3})
    assert Part.from_json(part.to_json()) == part
    assert "\n" not in part.to_json()


def test_differences_name_what_was_changed_added_and_removed():
    other = replace(
        IDENTITY,
        settings={"ngram": 13, "classifier": {"threads": 1}},
        inputs={"b.warc": {"bytes": 7}},
    )
    assert differences(IDENTITY, other) == [
        "inputs.a.warc.bytes is 7 there, missing here",
        "inputs.b.warc.bytes is missing there, 7 here",
        "settings.ngram is 10 there, 13 here",
    ]
    assert differences(IDENTITY, IDENTITY) == []


def test_a_tuple_that_json_turns_into_a_list_is_not_a_difference():
    tuples = replace(IDENTITY, settings={"token_budget": (1, 2)})
    read_back = Manifest.from_json(Manifest(identity=tuples).to_json()).identity
    assert differences(tuples, read_back) == []


def test_only_a_round_has_results_and_others_write_none():
    assert json.loads(Manifest(identity=IDENTITY).to_json())["results"] == {}
    manifest = Manifest(identity=IDENTITY, results=round_result(overlap=0.25))
    assert json.loads(manifest.to_json())["results"]["overlap"] == 0.25
    assert Manifest.from_json(manifest.to_json()).results.overlap == 0.25


@pytest.mark.parametrize("layout", ["mathmine/0", "mathmine/40", None])
def test_a_manifest_of_another_layout_is_refused_with_both_versions_and_what_to_do(layout):
    fields = json.loads(Manifest(identity=IDENTITY).to_json())
    fields["identity"]["layout"] = layout
    if layout is None:
        del fields["identity"]["layout"]
    with pytest.raises(StageRefusedError) as refusal:
        Manifest.from_json(json.dumps(fields), "out/corpus")
    actual = f"layout {layout}" if layout else "layout of an unknown, older version"
    assert str(refusal.value) == (
        f"out/corpus was written with {actual}, and this version of mathmine needs layout "
        "mathmine/4: use another --out, or remove that folder and run again"
    )


def test_pages_come_from_the_files_of_the_crawl_and_from_parts_of_others():
    expansions = {"01": {"digest": "a", "warc_files": ["c", "d"]}}
    expansions["02"] = {"digest": "b", "warc_files": ["d", "e"]}
    inputs = {"b": "a WARC file", "a": "a WARC file"}
    whole = Manifest(identity=Identity(stage="prepare", settings={}, inputs=inputs))
    assert (whole.warc_names, whole.source_names) == (["b", "a"], ["a", "b"])
    inputs = inputs | {EXPANSIONS: expansions}
    pages = Manifest(identity=Identity(stage="prepare", settings={}, inputs=inputs))
    assert (pages.warc_names, pages.source_names) == (["b", "a"], ["a", "b", "c", "d", "e"])
