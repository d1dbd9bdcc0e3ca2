import pytest

from transforms.text.excerpts import opening, title


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Groups\n\nA group is ...", "Groups"),
        ("Home > Algebra\n\n## Rings\n\n# Groups", "Rings"),
        ("\n\n  A first line  \nand another", "A first line"),
        ("#\n\n# \n\nText", "#"),
        ("line\n" * 10 + "# Late", "line"),
        ("", ""),
        ("x" * 101, "x" * 97 + "..."),
        ("x" * 100, "x" * 100),
    ],
)
def test_a_title_is_the_first_heading_or_line(text, expected):
    assert title(text) == expected


def test_an_opening_is_the_first_300_characters_on_one_line():
    assert opening("# A\n\n b\t c\n") == "# A b c"
    assert opening("word " * 100) == ("word " * 60)[:300]
    assert opening(" " * 10_000 + "x") == ""
