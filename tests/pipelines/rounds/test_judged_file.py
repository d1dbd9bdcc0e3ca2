import pytest

from pipelines.rounds.decision_file import append_decisions, read_decisions
from pipelines.rounds.judged_file import record_edits, record_imported
from schemas.decisions import Decisions, Draw, DrawnPage, PageDecision
from schemas.errors import InputError
from schemas.judged_rows import parse_judged_rows
from tests.helpers.trees import tree

DRAW = Draw(1, 2, 0, {"top": 4}, (DrawnPage(1, 0.5, "top"), DrawnPage(2, 0.5, "top")))


def rows(text):
    return parse_judged_rows(text.encode(), "--judged f.csv")


def test_without_a_file_there_is_nothing_to_record(tmp_path):
    assert record_edits(tree(tmp_path)) == Decisions()
    assert record_imported([], ["a.warc"], tree(tmp_path)) == (Decisions(), 0)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_brought_is_recorded_once(tmp_path):
    imported = rows(
        "verdict,warc_file,warc_offset,id,weight,when\nmath,a.warc,5,,2,May\nno,,,7,,\nno,z,1,,,\n"
    )
    decisions, elsewhere = record_imported(imported, ["a.warc"], tree(tmp_path))

    assert elsewhere == 1
    assert [(page.verdict, page.weight, page.when) for page in decisions.verdicts.values()] == [
        ("math", 2.0, "May"),
        ("no", None, ""),
    ]
    before = (tmp_path / "decisions.jsonl").read_bytes()
    assert record_imported(imported, ["a.warc"], tree(tmp_path)) == (decisions, 1)
    assert (tmp_path / "decisions.jsonl").read_bytes() == before


def test_the_same_file_gives_the_same_log_at_any_time(tmp_path):
    logs = []
    for name in ("one", "two"):
        record_imported(rows("verdict,id\nmath,1\nno,2\n"), [], tree(tmp_path / name))
        logs.append((tmp_path / name / "decisions.jsonl").read_bytes())

    assert logs[0] == logs[1]


def test_a_file_that_is_brought_again_does_not_undo_a_change_of_mind(tmp_path):
    imported = rows("verdict,id\nmath,7\n")
    record_imported(imported, [], tree(tmp_path))
    append_decisions([PageDecision(7, "no")], tree(tmp_path))

    decisions, _ = record_imported(imported, [], tree(tmp_path))
    assert decisions.verdicts == {7: PageDecision(7, "no")}


def test_edits_are_recorded_before_what_is_brought(tmp_path):
    append_decisions([DRAW], tree(tmp_path))
    (tmp_path / "judged.csv").write_text("verdict,id\nmath,1\n,2\n")
    record_imported(rows("verdict,id\nno,2\n"), [], tree(tmp_path))

    assert [page.verdict for page in read_decisions(tree(tmp_path)).verdicts.values()] == [
        "math",
        "no",
    ]


def test_a_verdict_on_a_page_that_was_not_drawn_is_an_error(tmp_path):
    (tmp_path / "judged.csv").write_text("verdict,id\nmath,1\n")

    with pytest.raises(InputError, match=r"judged.csv, line 2: this page was not drawn: bring"):
        record_edits(tree(tmp_path))
    (tmp_path / "judged.csv").write_text("verdict,id\n,1\n")
    assert record_edits(tree(tmp_path)) == Decisions()


def test_an_empty_cell_says_nothing_if_the_file_could_not_be_written_with_the_verdict(tmp_path):
    append_decisions([DRAW], tree(tmp_path))
    (tmp_path / "judged.csv").write_text("verdict,id\nmath,1\n,2\n")
    record_imported(rows("verdict,id\nno,2\n"), [], tree(tmp_path))
    assert "no" not in (tmp_path / "judged.csv").read_text()

    assert record_edits(tree(tmp_path)).verdicts[2].verdict == "no"
