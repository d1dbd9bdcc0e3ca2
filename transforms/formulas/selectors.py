"""Join the selectors of all kinds of markup into one, and test which of them match an element.

A row of `MARKUPS` lists simple selectors, `tag`, `.class` or `[attribute]`, with optional
conditions on attributes. All rows are joined into one selector, since a query of a page costs more
than a row.
"""

import re
from collections.abc import Iterable, Sequence

_SIMPLE = re.compile(r"(?P<tag>[\w\\:-]*)(?P<condition>.*)", re.S)
_PART_OF_CLASS = re.compile(r"\[class\*=\"?([\w-]+)")
_COMMONEST = (  # eight of ten elements are one of these, each tried in turn
    *("span", "a", "div", "li", "p", "mo", "mi", "mrow", "ul", "td"),
    *("mn", "label", "input", "meta", "path", "br"),
)
# Most parts of classes in the table contain these letters, but only one class in twenty does. The
# tests for common tags and for these letters save two fifths of the time of a query.
_LETTERS = "at"
_WITH_LETTERS = re.compile(rf"\[class\*=\"?[\w-]*{_LETTERS}")
_HEAD = re.compile(r"([\w\\:-]+)|\.([\w-]+)|\[class\*=\"?([\w-]+)")


def split_selector(selector_list: str) -> list[str]:
    """Split a comma-separated list into its simple selectors.

    >>> split_selector("math, img[alt]")
    ['math', 'img[alt]']
    """
    return [selector.strip() for selector in selector_list.split(", ")]


def join_selectors(selectors: Iterable[str]) -> str:
    """Join simple selectors so that few of them are tried on an element.

    Conditions on one tag are grouped; a class that a selector by part of a class covers is left
    out. A cheap test guards selectors that cannot match the commonest tags, or most classes.

    >>> selector = join_selectors(["img[alt]", "img[src]", '[class*="math"]', ".mathjax", "var"])
    >>> selector.replace(",".join(_COMMONEST[1:-1]), "...")
    ':not(span,...,br):is(img:is([alt],[src]),var),[class*="at" i]:is([class*="math"])'
    """
    tags: dict[str, list[str]] = {}
    selectors = list(dict.fromkeys(selectors))
    parts = [
        match[1].lower() for selector in selectors if (match := _PART_OF_CLASS.match(selector))
    ]
    for tag, condition in (_split(selector) for selector in selectors):
        if not (condition.startswith(".") and any(part in condition.lower() for part in parts)):
            tags.setdefault(tag, []).append(condition)
    bare = tags.pop("", [])
    with_letters = [condition for condition in bare if _WITH_LETTERS.match(condition)]
    conditioned = {tag: _conditioned(tag, tags[tag]) for tag in tags}
    uncommon = [selector for tag, selector in conditioned.items() if tag not in _COMMONEST]
    return ",".join(
        [
            *_gated(f":not({','.join(_COMMONEST)})", uncommon),
            *(selector for tag, selector in conditioned.items() if tag in _COMMONEST),
            *_gated(f'[class*="{_LETTERS}" i]', with_letters),
            *(condition for condition in bare if condition not in with_letters),
        ]
    )


def can_match(selector: str, tag: str, classes: str) -> bool:
    """Return whether a simple selector can match an element, by its tag or its classes.

    Class names are compared case-sensitively: in pages without a doctype the parser matches
    class="mathjax" with ".MathJax".

    >>> can_match(".MathJax", "span", "MathJax"), can_match(".MathJax", "h1", "mathjax")
    (True, False)
    """
    head = _HEAD.match(selector)
    if head is None:
        return False
    if head[1]:
        return head[1].replace("\\", "") == tag
    return head[2] in classes.split() if head[2] else head[3] in classes.lower()


def _split(selector: str) -> tuple[str, str]:
    match = _SIMPLE.match(selector)
    return (match["tag"], match["condition"]) if match else ("", selector)


def _conditioned(tag: str, conditions: list[str]) -> str:
    return tag if "" in conditions else f"{tag}:is({','.join(conditions)})"


def _gated(gate: str, selectors: Sequence[str]) -> list[str]:
    """Return one selector that tries `selectors` only on elements that match `gate`."""
    return [f"{gate}:is({','.join(selectors)})"] if selectors else []
