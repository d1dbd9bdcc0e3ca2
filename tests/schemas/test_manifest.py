from dataclasses import replace

from schemas.manifest import Identity, Manifest, Output, Part, differences

IDENTITY = Identity(
    stage="write",
    settings={"ngram": 10, "classifier": {"threads": 1}},
    inputs={"a.warc": {"bytes": 7}},
)
OUTPUT = Output(path="corpus/a.parquet", rows=3, bytes=100, sha256="ab")


def test_manifests_and_parts_are_read_as_they_were_written():
    manifest = Manifest(
        identity=IDENTITY, complete=True, outputs=[OUTPUT], counters={"pages": 3}, results={"c": 1}
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


def test_what_json_makes_a_list_of_is_no_difference():
    tuples = replace(IDENTITY, settings={"token_budget": (1, 2)})
    read_back = Manifest.from_json(Manifest(identity=tuples).to_json()).identity
    assert differences(tuples, read_back) == []
