import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.benchmarks import BenchmarkItem
from schemas.settings import Decontamination
from transforms.decontamination.clean import decontaminate
from transforms.decontamination.evidence import evidence_rows
from transforms.decontamination.index import index_benchmarks

QUESTION = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips "
    "in May. How many clips did Natalia sell altogether in April and May?"
)
TEXT = f"# Exercises\n\nSome text.\n\n1. {QUESTION}\n2. What is $2 + 2$?"


def index(*questions):
    items = [BenchmarkItem("b/test", i, question, "") for i, question in enumerate(questions)]
    return index_benchmarks(items, 10, 3)


INDEX = index("Nothing", QUESTION, QUESTION.upper())


def test_lines_with_benchmark_text_are_removed_and_returned():
    clean = decontaminate(TEXT, INDEX, Decontamination())
    assert clean.text == "# Exercises\n\nSome text.\n\n2. What is $2 + 2$?"
    assert clean.removed == [f"1. {QUESTION}"]
    assert clean.items == ["b/test#1", "b/test#2"]


def test_there_is_evidence_of_what_was_found_and_done():
    [found] = decontaminate(TEXT, INDEX, Decontamination()).evidence
    assert TEXT[found.start : found.end] == found.matched == QUESTION[:-1]
    assert (found.part, found.coverage, found.done) == ("question", 1.0, "lines removed")
    rows = list(evidence_rows(decontaminate(TEXT, INDEX, Decontamination())))
    assert [(row["benchmark"], row["item"]) for row in rows] == [("b/test", 1), ("b/test", 2)]


@pytest.mark.parametrize(
    ("policy", "text", "done"), [("page", "", "page removed"), ("mark", TEXT, "marked")]
)
def test_a_policy_removes_the_page_or_nothing(policy, text, done):
    clean = decontaminate(TEXT, INDEX, Decontamination(policy=policy))
    assert clean.text == text
    assert clean.removed == (TEXT.split("\n") if policy == "page" else [])
    assert [found.done for found in clean.evidence] == [done]


def test_an_item_that_spans_several_lines_removes_all_of_them():
    text = QUESTION.replace("April, ", "April,\n").replace("May. ", "May.\n")
    assert decontaminate(f"a\n{text}\nb", INDEX, Decontamination()).text == "a\nb"


@given(st.lists(st.text(max_size=40), max_size=8))
def test_a_text_without_benchmarks_is_returned_as_it_is(lines):
    text = "\n".join(lines)
    clean = decontaminate(text, INDEX, Decontamination())
    assert (clean.text, clean.removed, clean.evidence) == (text, [], [])
