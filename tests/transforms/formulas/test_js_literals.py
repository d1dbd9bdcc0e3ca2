from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.js_literals import read_literal


def test_strings_arrays_and_objects_are_read():
    source = r"""x = {a: ["b\n", 'c\'', `d`], "e": {f: 1.5}, // comment
        g: true /* more */, }"""
    assert read_literal(source, 4) == {"a": ["b\n", "c'", "d"], "e": {"f": "1.5"}, "g": "true"}


def test_escapes_become_characters():
    assert read_literal(r"'\\frac \x41 \u03b1 \ud800'", 0) == "\\frac A \u03b1 \ufffd"


def test_code_ends_the_literal():
    assert read_literal("[1, f(2), 3]", 0) == ["1", "f"]


def test_nesting_is_limited():
    deep = read_literal("[" * 1000 + "]" * 1000, 0)
    assert str(deep).count("[") < 20


@given(st.text(alphabet="[]{}:,'\"\\/*ab1 \n", max_size=80))
def test_any_text_is_read_without_an_exception(source):
    read_literal(source, 0)
