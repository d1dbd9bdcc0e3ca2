import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.text.words import count_words, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("... - !", []),
        ("Let x_1 = 2:", ["let", "x_1", "2"]),
        ("na\u00efve \u00c9tale", ["na\u00efve", "\u00e9tale"]),
        ("\u6570\u5b66x2 is", ["\u6570", "\u5b66", "x2", "is"]),
        ("\u30ab\u30bf \uac00\ub098 \u0e01\u0e02", list("\u30ab\u30bf\uac00\ub098\u0e01\u0e02")),
    ],
)
def test_words_are_lower_case_and_single_characters_in_unspaced_scripts(text, expected):
    assert words(text) == expected


@given(st.lists(st.text(max_size=20), max_size=5))
def test_words_of_lines_are_the_words_of_the_text(lines):
    assert words("\n".join(lines)) == [word for line in lines for word in words(line)]


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_text_has_the_words_that_it_has_beside_other_text(text):
    assert [*words(text), "\u00e9"] == words(f"{text} \u00e9")


@given(st.text() | st.text("aB_1 .,-\u00e9\u0130\u6570\u0e01\u2014\u0301\n\ud800"))
def test_words_are_counted_as_they_are_split(text):
    assert count_words(text) == len(words(text))
