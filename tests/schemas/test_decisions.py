import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.decisions import (
    Decisions,
    Draw,
    DrawnPage,
    LabelDecision,
    PageDecision,
    format_decisions,
    parse_decisions,
)
from schemas.errors import InputError

ids = st.integers(-(2**63), 2**63 - 1)
texts = st.text(max_size=8)
pages = st.builds(
    PageDecision,
    id=ids,
    verdict=st.sampled_from(["math", "partly", "no", None]),
    weight=st.none() | st.floats(0.001, 1e9),
    warc_file=texts,
    who=texts,
    when=texts,
    note=texts,
)
labels = st.builds(
    LabelDecision,
    pattern=texts.filter(bool),
    label=st.sampled_from(["accept", "reject", ""]),
    who=texts,
    when=texts,
    note=texts,
)
drawn = st.builds(
    DrawnPage,
    id=ids,
    probability=st.floats(1e-9, 1),
    stratum=st.sampled_from(["top", "bottom"]),
)
draws = st.builds(
    Draw,
    round=st.integers(1, 99),
    pages=st.integers(1, 1000),
    seed=st.integers(0, 9),
    strata=st.just({"top": 10, "bottom": 100}),
    drawn=st.lists(drawn, max_size=3).map(tuple),
)
entries = st.lists(pages | labels | draws, max_size=6).map(tuple)

DRAW = Draw(2, 300, 0, {"top": 5, "bottom": 90}, (DrawnPage(7, 0.5, "top"),))
LINE = '{"kind": "page", "id": 1, "verdict": "math", "who": "", "when": "", "note": ""}\n'


def parse(text):
    return parse_decisions(text.encode(), "d.jsonl")


@given(entries)
def test_a_log_is_read_as_it_was_written(entries):
    assert parse(format_decisions(entries)) == Decisions(entries)


@given(entries.filter(bool), st.data())
def test_a_log_that_was_cut_anywhere_in_its_last_line_keeps_all_others(entries, data):
    text = format_decisions(entries).encode()
    begins = text[:-1].rfind(b"\n") + 1
    cut = data.draw(st.integers(begins + 1, len(text) - 2))

    decisions = parse_decisions(text[:cut], "d.jsonl")
    assert decisions == Decisions(entries[:-1], torn=True)


def test_a_last_line_that_lacks_only_its_end_is_whole():
    assert parse(LINE.strip()) == Decisions((PageDecision(1, "math"),))
    assert parse("") == Decisions()
    assert parse(LINE + "\n \n") == Decisions((PageDecision(1, "math"),))


def test_the_keys_of_the_lines_are_those_of_the_description():
    lines = format_decisions(
        [DRAW, PageDecision(1, "no", 3.5, "a.warc"), PageDecision(1, None), LabelDecision("a", "")]
    ).splitlines()

    assert [json.loads(line) for line in lines] == [
        {
            "kind": "draw",
            "round": 2,
            "pages": 300,
            "seed": 0,
            "strata": {"top": 5, "bottom": 90},
            "drawn": [[7, 0.5, "top"]],
        },
        {
            "kind": "page",
            "id": 1,
            "verdict": "no",
            "weight": 3.5,
            "warc_file": "a.warc",
            "who": "",
            "when": "",
            "note": "",
        },
        {"kind": "page", "id": 1, "verdict": None, "who": "", "when": "", "note": ""},
        {"kind": "label", "pattern": "a", "label": "", "who": "", "when": "", "note": ""},
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "not a JSON object"),
        ('"math"', "not a JSON object"),
        ("{}", "kind is null"),
        ('{"kind": "pages"}', 'kind is "pages"'),
        ('{"kind": "page", "id": 1}', 'verdict is ""'),
        ('{"kind": "page", "id": 1, "verdict": "maths"}', 'verdict is "maths"'),
        ('{"kind": "page", "id": "1", "verdict": "math"}', 'id is "1"'),
        ('{"kind": "page", "id": true, "verdict": "math"}', "id is true"),
        ('{"kind": "page", "id": 1.0, "verdict": "math"}', "id is 1.0"),
        (f'{{"kind": "page", "id": {2**63}, "verdict": "math"}}', f"id is {2**63}"),
        ('{"kind": "page", "id": 1, "verdict": "math", "weight": 0}', "weight is 0"),
        ('{"kind": "page", "id": 1, "verdict": "math", "weight": NaN}', "weight is NaN"),
        ('{"kind": "page", "id": 1, "verdict": "math", "weight": Infinity}', "weight is Inf"),
        ('{"kind": "page", "id": 1, "verdict": "math", "weight": "2"}', 'weight is "2"'),
        ('{"kind": "page", "id": 1, "verdict": "math", "who": 5}', "who is 5"),
        ('{"kind": "page", "id": 1, "verdict": "math", "wieght": 5}', "unknown key 'wieght'"),
        ('{"kind": "label", "pattern": "", "label": "accept"}', 'pattern is ""'),
        ('{"kind": "label", "pattern": "a", "label": "maybe"}', 'label is "maybe"'),
        ('{"kind": "draw", "round": 1, "pages": 3, "seed": 0, "drawn": []}', "strata is null"),
        (
            '{"kind": "draw", "round": 1, "pages": 3, "seed": 0, "strata": {"a": 1}, '
            '"drawn": [[1, 0, "a"]]}',
            "drawn is",
        ),
        (
            '{"kind": "draw", "round": 1, "pages": 3, "seed": 0, "strata": {"a": 1}, '
            '"drawn": [[1, 0.5, "b"]]}',
            "has the stratum 'b'",
        ),
    ],
)
def test_any_other_damage_is_an_error_that_names_the_line(line, reason):
    with pytest.raises(InputError, match=r"^d\.jsonl, line 2: ") as error:
        parse(LINE + line + "\n" + LINE)
    assert reason in str(error.value)


def test_bytes_that_are_no_text_are_an_error_too():
    with pytest.raises(InputError, match=r"^d\.jsonl, line 1: "):
        parse_decisions(b"\xff\xfe{\n" + LINE.encode(), "d.jsonl")


def test_the_last_line_about_a_page_or_a_pattern_holds():
    decisions = Decisions(
        (
            PageDecision(1, "math", 3.0),
            PageDecision(2, "no"),
            LabelDecision("a", "accept"),
            PageDecision(1, "partly"),
            PageDecision(2, None),
            LabelDecision("a", ""),
        )
    )

    assert decisions.verdicts == {1: PageDecision(1, "partly")}
    assert decisions.pages[2].verdict is None
    assert decisions.labels == {"a": LabelDecision("a", "")}


def test_the_last_draw_has_all_pages():
    later = Draw(3, 500, 0, {"top": 6}, (DrawnPage(7, 0.9, "top"), DrawnPage(8, 0.9, "top")))
    decisions = Decisions((DRAW, later, PageDecision(9, "no", 2.0), PageDecision(5, None)))

    assert decisions.draw == later
    assert decisions.drawn == {7: DrawnPage(7, 0.9, "top"), 8: DrawnPage(8, 0.9, "top")}
    assert decisions.drawn_or_judged == {5, 7, 8, 9}
    assert Decisions().drawn == {}


def test_a_draw_counts_when_a_page_that_it_added_is_judged():
    second = Draw(2, 500, 0, {"top": 6}, (DrawnPage(7, 0.9, "top"), DrawnPage(8, 0.9, "top")))
    third = Draw(3, 100, 0, {"top": 7}, second.drawn)
    draws, on_first, on_second = (DRAW, second, third), PageDecision(7, "no"), PageDecision(8, "no")

    assert Decisions(draws).judged_draw is None
    assert Decisions((*draws, PageDecision(9, "no", 2.0))).judged_draw is None
    assert Decisions((*draws, on_first)).judged_draw == DRAW
    assert Decisions((*draws, on_first, on_second)).judged_draw == second
    withdrawn = (*draws, on_first, on_second, PageDecision(8, None))
    assert Decisions(withdrawn).judged_draw == DRAW
