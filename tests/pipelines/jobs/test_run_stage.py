from dataclasses import replace

import pytest

from pipelines.jobs.run_stage import StageResult, add_parts, read_manifest, run_stage
from pipelines.progress import table
from schemas.errors import StageRefusedError
from schemas.manifest import Identity, Output, Part
from tests.helpers.trees import tree

IDENTITY = Identity(stage="s", settings={"a": 1}, inputs={})
REDO = {"inputs.r": "another round", "settings.b": "no"}
OUTPUT = Output(path="s/x", rows=1, bytes=2, sha256="3")


def done():
    return StageResult([OUTPUT], {"pages": 1})


def never():
    raise AssertionError("the work was done again")


def test_a_completed_stage_is_skipped(tmp_path):
    output_tree = tree(tmp_path)
    first = run_stage("s", IDENTITY, output_tree, done)
    assert (first.complete, first.outputs, first.counters) == (True, [OUTPUT], {"pages": 1})
    assert run_stage("s", IDENTITY, output_tree, never) == first


def test_a_killed_stage_is_run_again(tmp_path):
    output_tree = tree(tmp_path)

    def killed():
        (tmp_path / "s" / ".mathmine-half.tmp").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_stage("s", IDENTITY, output_tree, killed)
    assert read_manifest("s", output_tree).complete is False
    assert run_stage("s", IDENTITY, output_tree, done).complete
    assert not (tmp_path / "s" / ".mathmine-half.tmp").exists()


@pytest.mark.parametrize("complete", [True, False])
def test_a_stage_with_other_settings_is_refused_and_says_which(tmp_path, complete):
    output_tree = tree(tmp_path)
    if complete:
        run_stage("s", IDENTITY, output_tree, done)
    else:
        with pytest.raises(AssertionError):
            run_stage("s", IDENTITY, output_tree, never)
    with pytest.raises(StageRefusedError, match=r"settings\.a is 1 there, 2 here"):
        run_stage("s", replace(IDENTITY, settings={"a": 2}), output_tree, never)
    many = replace(IDENTITY, inputs={f"f{i}": i for i in range(9)})
    with pytest.raises(StageRefusedError, match="and 4 more"):
        run_stage("s", many, output_tree, never)


def test_a_stage_is_done_again_if_only_what_may_change_has_changed(tmp_path, capsys):
    output_tree = tree(tmp_path)
    run_stage("s", IDENTITY, output_tree, done)
    output_tree.write("s/old.parquet", b"")
    output_tree.write("s/other.csv", b"")
    changed = replace(IDENTITY, inputs={"round": 2})
    with pytest.raises(StageRefusedError):
        run_stage(
            "s", changed, output_tree, never, redo_for={"inputs.rounds": "a", "settings.": "b"}
        )
    with pytest.raises(StageRefusedError):
        both = replace(changed, settings={"a": 2})
        run_stage("s", both, output_tree, never, redo_for={"inputs.round": "another round"})
    assert capsys.readouterr().err == ""
    again = run_stage("s", changed, output_tree, done, REDO, stale=("s/*.parquet",))
    assert (again.identity, again.complete) == (changed, True)
    assert capsys.readouterr().err == "s is made again: another round\n"
    assert not output_tree.exists("s/old.parquet")
    assert output_tree.exists("s/other.csv")
    assert (
        run_stage("s", changed, output_tree, never, redo_for={"inputs.round": "another round"})
        == again
    )


def test_a_stage_that_is_killed_while_it_is_done_again_is_resumed(tmp_path):
    output_tree = tree(tmp_path)
    run_stage("s", IDENTITY, output_tree, done)
    changed = replace(IDENTITY, settings={"a": 2})
    with pytest.raises(AssertionError):
        run_stage("s", changed, output_tree, never, redo_for={"": ""})
    assert read_manifest("s", output_tree).complete is False
    assert run_stage("s", changed, output_tree, done, redo_for={"": ""}).complete


def test_parts_add_up():
    parts = [
        Part(name="a", outputs=[OUTPUT], counters={"pages": 1}),
        Part(name="b", counters={"pages": 2, "dropped.status": 1}),
    ]
    total = add_parts(parts)
    assert total.counters == {"dropped.status": 1, "pages": 3}
    assert total.outputs == [OUTPUT]


def test_a_table_puts_numbers_right_and_words_left():
    rows = [["one", 1, 0.5], ["two hundred", 1200, ""]]
    assert table(rows, ["name", "count", "share"]) == (
        "name         count   share\none              1  0.5000\ntwo hundred  1,200"
    )
