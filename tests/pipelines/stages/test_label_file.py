import pytest

from pipelines.stages.label_file import add_candidates, labels_for_round, read_patterns
from schemas import shards
from schemas.errors import InputError
from schemas.patterns import Label, Pattern, parse_patterns
from schemas.settings import Patterns
from tests.helpers.trees import output_of, tree, write

CANDIDATE = {
    "pattern": "a.org",
    "pages": 10,
    "collected": 9,
    "share": 0.9,
    "uncollected_tokens": 5,
    "divided": False,
    "samples": ["http://a.org/1"],
}


@pytest.fixture
def output_tree(tmp_path):
    output_tree = tree(tmp_path)
    other = CANDIDATE | {"pattern": "b.org", "collected": 2, "share": 0.2}
    write(output_tree, "rounds/02/candidates.parquet", shards.CANDIDATE, [CANDIDATE, other])
    return output_tree


def on_disk(output_tree):
    return parse_patterns(output_tree.read("patterns.csv").decode(), "patterns.csv")


def test_without_a_file_there_are_only_the_patterns_that_a_person_brings(output_tree):
    assert read_patterns([], output_tree) == []
    user_patterns = [Pattern("a.org", "accept"), Pattern("b.org")]
    assert read_patterns(user_patterns, output_tree) == user_patterns


def test_labels_that_a_person_brings_override_those_of_the_file(output_tree):
    output_tree.write(
        "patterns.csv", b"pattern,label,who\na.org,reject,me\nb.org,accept,me\nc.org,,\n"
    )
    user_patterns = [Pattern("a.org", "accept"), Pattern("b.org"), Pattern("d.org")]
    assert read_patterns(user_patterns, output_tree) == [
        Pattern("a.org", "accept"),
        Pattern("b.org", "accept", "me"),
        Pattern("c.org"),
        Pattern("d.org"),
    ]


def add(patterns, settings, output_tree):
    candidates = output_of(output_tree, "rounds/02/candidates.parquet")
    return add_candidates(patterns, 2, candidates, settings, output_tree)


def test_candidates_are_added_to_the_file(output_tree):
    rows = add([Pattern("z.org", "reject", "me")], Patterns(accept_share=0.5), output_tree)
    assert rows == [
        Pattern("z.org", "reject", "me"),
        Pattern("a.org", "accept", "rule", "round 2", "9 of 10 pages collected"),
        Pattern("b.org", "", "", "round 2", "2 of 10 pages collected"),
    ]
    assert on_disk(output_tree) == rows


def test_a_label_of_a_person_stays_and_the_rule_labels_only_what_has_none(output_tree):
    rule = Patterns(accept_share=0.5)
    kept = [Pattern("a.org", "reject", "me"), Pattern("b.org", "", "", "round 1", "note")]
    assert add(kept, rule, output_tree) == kept
    unlabelled = [Pattern("a.org", "", "", "round 1", "note")]
    assert add(unlabelled, rule, output_tree)[0].label == "accept"
    assert add(unlabelled, Patterns(), output_tree)[0].note == "note"


def test_the_file_is_written_only_where_it_changes(output_tree, tmp_path):
    rows = add([], Patterns(), output_tree)
    stamp = (tmp_path / "patterns.csv").stat().st_mtime_ns
    add(rows, Patterns(), output_tree)
    assert (tmp_path / "patterns.csv").stat().st_mtime_ns == stamp


def test_round_1_honours_no_label_and_later_rounds_all():
    rows = [Pattern("a.org", "accept", "me"), Pattern("b.org", "reject", "rule"), Pattern("c.org")]
    assert labels_for_round(1, rows) == {}
    assert labels_for_round(2, rows) == {
        "a.org": Label("accept", "person"),
        "b.org": Label("reject", "rule"),
    }


def test_a_file_that_is_not_utf8_is_an_error_that_names_it(output_tree):
    output_tree.write("patterns.csv", "pattern,label\nécole.fr,accept\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"patterns\.csv: 'utf-8' codec can't decode"):
        read_patterns([], output_tree)
