import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rounds.decision_file import read_decisions
from pipelines.rounds.label_file import (
    labels_for_round,
    parse_label_file,
    read_patterns,
    with_candidates,
    write_patterns,
)
from schemas import shards
from schemas.errors import InputError
from schemas.patterns import Label, Pattern, format_patterns
from schemas.settings import Patterns
from tests.helpers.trees import output_of, tree, write

CANDIDATE = {
    "pattern": "a.org",
    "pages": 100,
    "collected": 90,
    "share": 0.9,
    "divided": False,
    "own_pages": 100,
    "own_collected": 90,
    "probability": 0.75,
    "score_p10": 0.1,
    "score_p50": 0.5,
    "score_p90": 0.9,
    "uncollected_tokens": 5,
    "expected_tokens": 4,
    "samples": [],
}


@pytest.fixture
def output_tree(tmp_path):
    output_tree = tree(tmp_path)
    other = CANDIDATE | {"pattern": "b.org", "collected": 20, "own_collected": 20}
    write(output_tree, "rounds/02/candidates.parquet", shards.CANDIDATE, [CANDIDATE, other])
    return output_tree


def on_disk(output_tree):
    return parse_label_file(output_tree.read("patterns.csv"), "patterns.csv")


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
    rows = with_candidates(patterns, 2, candidates, settings, output_tree)
    write_patterns(rows, output_tree)
    return rows


def test_candidates_are_added_to_the_file(output_tree):
    rows = add([Pattern("z.org", "reject", "me")], Patterns(accept_share=0.5), output_tree)
    assert rows == [
        Pattern("z.org", "reject", "me"),
        Pattern(
            "a.org", "accept", "rule", "round 2", "90 of 100 pages collected, mean probability 0.75"
        ),
        Pattern("b.org", "", "", "round 2", "20 of 100 pages collected, mean probability 0.75"),
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
    with pytest.raises(InputError, match=r"patterns\.csv, line 2: 'utf-8' codec can't decode"):
        read_patterns([], output_tree)


def test_spellings_of_one_pattern_are_one_row(output_tree):
    output_tree.write("patterns.csv", b"pattern,label\nhttps://www.A.org/,\nb.org,reject\n")
    rows = read_patterns([Pattern("B.org:443/", "accept"), Pattern("a.org/*")], output_tree)
    assert rows == [Pattern("https://www.A.org/"), Pattern("B.org:443/", "accept")]
    assert labels_for_round(2, rows) == {"b.org": Label("accept")}
    assert [row.pattern for row in add(rows, Patterns(), output_tree)] == [
        "https://www.A.org/",
        "B.org:443/",
    ]


def test_a_label_of_a_person_holds_for_a_candidate_that_is_spelt_differently(output_tree):
    rows = add([Pattern("HTTP://A.org", "reject", "me")], Patterns(accept_share=0.1), output_tree)
    assert [(row.pattern, row.label) for row in rows] == [
        ("HTTP://A.org", "reject"),
        ("b.org", "accept"),
    ]
    assert on_disk(output_tree) == rows


def test_contradictory_rows_are_refused_with_their_lines(output_tree):
    text = "pattern,label\nA.example,accept\nb.org,\na.example/,reject\n"
    output_tree.write("patterns.csv", text.encode())
    with pytest.raises(InputError, match=r"patterns\.csv, line 4: 'a\.example/' .* in line 2"):
        read_patterns([], output_tree)


def test_a_pattern_that_can_match_no_page_is_refused_once_it_is_labelled(output_tree):
    output_tree.write("patterns.csv", b"pattern,label\nftp://a.org,\n")
    assert read_patterns([], output_tree) == [Pattern("ftp://a.org")]
    rows = add([Pattern("ftp://a.org")], Patterns(), output_tree)
    assert on_disk(output_tree) == rows
    output_tree.write("patterns.csv", b"pattern,label\nftp://a.org,accept\n")
    with pytest.raises(InputError, match=r"line 2: 'ftp://a.org' can match no page: only pages"):
        read_patterns([], output_tree)


def test_a_file_that_a_spreadsheet_saved_keeps_its_labels(output_tree):
    text = "\ufeffpattern;label;who\r\na.org;accept;Zoë\r\n"
    for data in (text.encode(), text.removeprefix("\ufeff").encode("utf-16")):
        output_tree.write("patterns.csv", data)
        rows = add(read_patterns([], output_tree), Patterns(), output_tree)
        assert rows[0] == Pattern("a.org", "accept", "Zoë")
        assert on_disk(output_tree) == rows


@given(
    st.binary()
    | st.text(st.sampled_from("\"',;\t\n=ab.*?/:-")).map(
        lambda text: f"pattern,label,note\n{text}".encode()
    )
    | st.text(max_size=20).map(lambda text: f"pattern;label\n{text};accept\n".encode("utf-16"))
)
def test_any_bytes_are_read_or_refused_with_the_name_of_the_file(data):
    try:
        rows = parse_label_file(data, "p.csv")
    except InputError as error:
        complaint = str(error)
    else:
        complaint = "p.csv"
        assert parse_label_file(format_patterns(rows).encode(), "p.csv") == rows
        labels_for_round(2, rows)
    assert complaint.startswith("p.csv")


def test_patterns_spelt_otherwise_that_contradict_are_refused_with_both_lines():
    text = """pattern,label,who,when,note
A.example:443/x,reject,,,
b\u00fccher.example/\u00fc,reject,,,
a.example/%7Ex,reject,,,
a.example/x?y=1,reject,,,
A.example,accept,,,
"""
    assert len(parse_label_file(text.encode(), "p.csv")) == 5
    with pytest.raises(
        InputError, match=r"p\.csv, line 7: 'a\.example' is labelled reject, but 'A"
    ):
        parse_label_file(f"{text}a.example,reject,,,\n".encode(), "p.csv")


def log_of(output_tree):
    return [
        (entry.pattern, entry.label, entry.who, entry.note)
        for entry in read_decisions(output_tree).entries
    ]


def test_labels_by_people_are_appended_to_the_log_and_those_by_rule_are_not(output_tree):
    rows = [
        Pattern("a.org", "accept", "rule", "round 1", "9 of 10 pages collected"),
        Pattern("b.org", "reject", "Emmy", "May", "a shop"),
        Pattern("c.org", "accept", "", "round 2", "2 of 10 pages collected"),
        Pattern("d.org"),
    ]
    write_patterns(rows, output_tree)

    assert log_of(output_tree) == [
        ("b.org", "reject", "Emmy", "a shop"),
        ("c.org", "accept", "", "2 of 10 pages collected"),
    ]
    first, second = read_decisions(output_tree).entries
    assert first.when == "May"
    assert re.fullmatch(r"20\d\d-.*Z", second.when)  # a round is no time
    log = output_tree.read("decisions.jsonl")
    write_patterns(read_patterns([], output_tree), output_tree)
    assert output_tree.read("decisions.jsonl") == log
    assert on_disk(output_tree) == rows


def test_a_changed_label_and_a_withdrawn_one_are_appended(output_tree):
    write_patterns([Pattern("a.org", "accept"), Pattern("b.org", "reject")], output_tree)
    output_tree.write("patterns.csv", b"pattern,label\nA.org:443,reject\nb.org,\n")
    rows = read_patterns([], output_tree)
    assert rows == [Pattern("A.org:443", "reject"), Pattern("b.org")]
    write_patterns(rows, output_tree)

    assert [(pattern, label) for pattern, label, *_ in log_of(output_tree)] == [
        ("a.org", "accept"),
        ("b.org", "reject"),
        ("A.org:443", "reject"),
        ("b.org", ""),
    ]
    write_patterns(read_patterns([], output_tree), output_tree)
    assert len(log_of(output_tree)) == 4


def test_rows_that_a_person_removed_and_a_lost_file_come_back_from_the_log(output_tree):
    write_patterns([Pattern("a.org", "accept", "me", "May", "n"), Pattern("b.org")], output_tree)
    output_tree.write("patterns.csv", b"pattern,label\nb.org,\n")
    rows = [Pattern("b.org"), Pattern("a.org", "accept", "me", "May", "n")]
    assert read_patterns([], output_tree) == rows

    output_tree.storage.remove(output_tree.at("patterns.csv"))
    assert read_patterns([], output_tree) == rows[1:]


def test_a_label_is_found_again_if_the_run_was_killed_before_it_extended_the_log(output_tree):
    write_patterns([Pattern("a.org", "accept")], output_tree)
    log = output_tree.read("decisions.jsonl")
    write_patterns([Pattern("a.org", "reject")], output_tree)
    output_tree.write("decisions.jsonl", log)

    write_patterns(read_patterns([], output_tree), output_tree)
    assert [label for _, label, *_ in log_of(output_tree)] == ["accept", "reject"]


def test_without_labels_by_people_there_is_no_log(output_tree):
    write_patterns([Pattern("a.org", "accept", "rule"), Pattern("b.org")], output_tree)

    assert not output_tree.exists("decisions.jsonl")


def test_a_rule_that_accepts_what_a_person_no_longer_labels_withdraws_their_label(output_tree):
    write_patterns([Pattern("a.org", "accept", "me")], output_tree)
    write_patterns([Pattern("a.org", "accept", "rule")], output_tree)

    assert [(label, who) for _, label, who, _ in log_of(output_tree)] == [
        ("accept", "me"),
        ("", ""),
    ]
