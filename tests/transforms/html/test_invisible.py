import pytest

from transforms.html.invisible import without_invisible

INVISIBLE = (
    "\u00ad\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064"
    "\u2066\u2067\u2068\u2069\ufeff"
)


@pytest.mark.parametrize("character", INVISIBLE)
@pytest.mark.parametrize("text", ["ab", "\u0645\u06cc", "\u4e00\u4e01", "\U0001f600x"])
def test_invisible_characters_are_removed_everywhere(character, text):
    first, second = text
    assert without_invisible(f"{character}{first}{character}{second}{character}") == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", id="Persian"),
        pytest.param("\u0647\u200d.", id="an Arabic letter in its initial form"),
        pytest.param("\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937", id="Hindi"),
        pytest.param("\u0d28\u0d4d\u200d", id="Malayalam"),
        pytest.param("\u0dc1\u0dca\u200d\u0dbb\u0dd3", id="Sinhala"),
        pytest.param("\u1780\u200c\u1781", id="Khmer"),
        pytest.param("\U0001f468\u200d\U0001f469\u200d\U0001f467", id="emoji"),
        pytest.param("\u2764\ufe0f\u200d\U0001f525", id="emoji with a variation selector"),
    ],
)
def test_joiners_are_kept_where_a_script_needs_them(text):
    assert without_invisible(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shelf\u200cful", "shelfful"),
        ("a\u200d\u200c\u200db", "ab"),
        ("\u200ca", "a"),
        ("\u6570\u200d\u5b66", "\u6570\u5b66"),
        ("\u043a\u200c\u043e", "\u043a\u043e"),
        ("x\u00ad\u200c\u00ady", "xy"),
        ("\u0645\u200f\u200c\u062e", "\u0645\u200c\u062e"),
    ],
)
def test_joiners_are_removed_elsewhere(text, expected):
    assert without_invisible(text) == expected


def test_many_joiners_take_linear_time():
    assert without_invisible("a" + "\u200c" * 200_000 + "b") == "ab"
    assert len(without_invisible("\u0645" + "\u200c" * 200_000)) == 200_001
