import re

import pytest

from pipelines.rounds.decision_file import append_decisions, now, read_decisions
from schemas.decisions import Decisions, LabelDecision, PageDecision
from schemas.errors import InputError
from tests.helpers.trees import tree

FIRST, SECOND = PageDecision(1, "math", 2.0, note="=1+1"), LabelDecision("a.org", "accept", "me")


def test_a_tree_without_a_log_has_no_decisions(tmp_path):
    assert read_decisions(tree(tmp_path)) == Decisions()
    assert not (tmp_path / "decisions.jsonl").exists()


def test_decisions_are_appended(tmp_path):
    assert append_decisions([FIRST], tree(tmp_path)) == Decisions((FIRST,))
    before = (tmp_path / "decisions.jsonl").read_bytes()

    assert append_decisions([SECOND, FIRST], tree(tmp_path)) == Decisions((FIRST, SECOND, FIRST))
    assert read_decisions(tree(tmp_path)) == Decisions((FIRST, SECOND, FIRST))
    assert (tmp_path / "decisions.jsonl").read_bytes().startswith(before)


def test_nothing_is_written_if_there_is_nothing_to_append(tmp_path):
    assert append_decisions([], tree(tmp_path)) == Decisions()
    assert not (tmp_path / "decisions.jsonl").exists()


def test_a_line_that_was_cut_short_is_left_out_with_a_warning_and_is_gone_when_one_follows(
    tmp_path, capsys
):
    append_decisions([FIRST, SECOND], tree(tmp_path))
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(path.read_bytes()[:-9])

    assert read_decisions(tree(tmp_path)) == Decisions((FIRST,), torn=True)
    assert capsys.readouterr().err == (
        f"Warning: {path}: its last line was cut short, and is left out\n"
    )
    append_decisions([SECOND], tree(tmp_path))
    assert read_decisions(tree(tmp_path)) == Decisions((FIRST, SECOND))


def test_other_damage_is_an_error_that_names_file_and_line(tmp_path):
    append_decisions([FIRST, SECOND], tree(tmp_path))
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(path.read_bytes()[4:])

    with pytest.raises(InputError, match=re.escape(f"{path}, line 1: ")):
        append_decisions([SECOND], tree(tmp_path))


def test_the_time_of_a_decision_is_utc_to_the_second():
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())
