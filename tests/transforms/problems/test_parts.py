import pytest

from transforms.problems.parts import split_parts


@pytest.mark.parametrize(
    "text",
    [
        "Find:\n1. one\n2. two",
        "Find:\n1) one\n2) two",
        "Find:\n(a) one\n(b) two",
        "Find:\na. one\nb. two",
        "Find:\n(i) one\n(ii) two",
        "Find: (a) one (b) two",
        "Find: (1) one; (2) two",
        "Find: ① one ② two",
        "Find:\n- (a) one\n- (b) two",
        "Find:\uff081\uff09one\uff082\uff09two",
    ],
)
def test_parts_are_numbered_in_many_ways(text):
    parts = split_parts(text)
    assert parts.lead == "Find:"
    assert parts.by_number == {"1": "one", "2": "two"}


@pytest.mark.parametrize(
    "text",
    [
        "Find $(a) + (b)$.",  # in a formula
        "Find $f$(a) and more",
        "Find f(a) and f(b)",
        "1. Find one",  # a single number is that of the statement
        "2. one\n3. two",
        "Find one of\n- a\n- b",
    ],
)
def test_other_texts_have_no_parts(text):
    assert split_parts(text).by_number == {}
    assert split_parts(text).lead == text
