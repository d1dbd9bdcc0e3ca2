"""Remove characters that are not shown, which part words for everything that counts words.

The rule: soft hyphens, zero-width spaces, byte order marks, word joiners, invisible operators,
annotation anchors, and the controls of text direction (U+061C, U+200E, U+200F, U+202A to U+202E,
U+2066 to U+206F) are removed. Zero-width joiners and non-joiners are kept next to a letter of a
script that shapes its letters, such as Arabic and those of India, and in emoji, where they change
what is shown; elsewhere they are removed.
"""

import re

from transforms.html.pattern_set import PatternSet

_REMOVED = (
    "\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f"
    "\ufeff\ufff9\ufffa\ufffb"
)
_INVISIBLE = re.compile(f"[{_REMOVED}]+")
_JOINERS = "\u200c\u200d"
# Arabic to Myanmar, Khmer and Mongolian, Balinese to Vedic, Javanese and others, presentation forms
# of Arabic, symbols and variation selectors of emoji, and all of the supplementary planes.
_SHAPED = (
    "\u0600-\u109f\u1780-\u18af\u1a20-\u1cff\u2190-\u2bff\ua800-\uabff\ufb50-\ufdff\ufe0f"
    "\ufe70-\ufefc\U00010000-\U0010ffff"
)
_JOINS_NOTHING = re.compile(f"(?<![{_SHAPED}{_JOINERS}])[{_JOINERS}]++(?![{_SHAPED}])")
# Private-use characters, which icon fonts show as pictures, but not our markers (`markers.py`).
_ICON = re.compile("[\ue009-\uf8ff\U000f0000-\U0010ffff]+")
_rare = PatternSet(
    {
        "invisible": "|".join(_REMOVED),
        "joiner": "|".join(_JOINERS),
        "icon": r"\xee(?:\x80[\x89-\xbf]|[\x81-\xbf])|\xef[\x80-\xa3]|\xf3[\xb0-\xbf]|\xf4",
    },
    more_than={},
)


def without_icons(text: str) -> str:
    r"""Return a text without the characters of icon fonts.

    >>> without_icons("\uf062 Up")
    ' Up'
    """
    if text.isascii() or "icon" not in _rare.find(text):
        return text
    return _ICON.sub("", text)


def without_invisible(text: str) -> str:
    r"""Return a text without invisible characters, except joiners where a script needs them.

    >>> ascii(without_invisible("Un\u00adgleichung \u200fx\u200cy \u0645\u06cc\u200c\u062e"))
    "'Ungleichung xy \\u0645\\u06cc\\u200c\\u062e'"
    """
    if text.isascii():
        return text
    found = _rare.find(text)
    if "invisible" in found:
        text = _INVISIBLE.sub("", text)
    if "joiner" in found:
        text = _JOINS_NOTHING.sub("", text)
    return text
