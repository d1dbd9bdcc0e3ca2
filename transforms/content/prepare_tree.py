"""Mark what plain text does not show in a tree: regions, data tables, the title.

One compound selector finds them all, since each query walks the whole tree.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from resiliparse.parse.html import DocumentNode, ElementNode

from transforms.content.blocks import REGION_CLOSES, REGION_ENDS, REGION_OPENS, TERM
from transforms.content.code_blocks import CODE_SELECTORS, rewrite_code
from transforms.content.declared import BODY, MAIN, Region, kind_of, region_selector
from transforms.content.tables import mark_table
from transforms.html.dom import text_of
from transforms.html.prefilter import MAX_NESTED_ITEMS, prefilter

_MAIN_CLASSES = frozenset(
    ("content", "article-body", "articleBody", "entry-content", "post-content")
)
# Lists nested deeper than in any text: each level adds two characters of indentation, which takes
# quadratic space.
_DEEP_LISTS = "li " * MAX_NESTED_ITEMS + "li"
_LISTS = (
    "ol:is([start],[reversed],[type]:not([type='1']),[style*='list-style'],"
    "[class*=alpha],[class*=roman])"
)
SELECTORS = {  # by the pattern of `prefilter` without which nothing matches
    "article": "article",
    "main": "main",
    "main_role": "[role=main]",
    "article_body": "[itemprop=articleBody]",
    "content_id": "#content,#main",
    "content_class": ".content",
    "entry_class": ".article-body,.articleBody,.entry-content,.post-content",
    "table": "table",
    "h1": "h1",
    "numbered_list": _LISTS,
    "numbered_item": "li[value]",
    "term": "dt>a:first-child",
    "hidden_twin": ".d-none",
    "item": _DEEP_LISTS,
}
_NUMBER = re.compile("-?[0-9]{1,5}")
_STYLE = re.compile("(lower|upper)-?(alpha|latin|roman)")
_NUMBERINGS = {
    ("lower", "alpha"): "a", ("lower", "latin"): "a", ("lower", "roman"): "i",
    ("upper", "alpha"): "A", ("upper", "latin"): "A", ("upper", "roman"): "I",
}  # fmt: skip
_SHOWN = re.compile(r"\bd-(?:(?:sm|md|lg|xl|xxl|print)-)(?!none)")  # of Bootstrap, at some width
_MAX_TWIN = 200  # characters of a text that is hidden beside its twin
_MAX_NODES = 1000  # a page with more is hostile, or has teasers and no main region


@dataclass(frozen=True, slots=True)
class Prepared:
    """The regions and the title of a tree that `prepare_tree` has marked."""

    regions: list[Region]
    """The marked regions; each is marked with its index."""
    title: str
    """The text of the `<h1>` if there is exactly one, or ""."""
    has_deep_lists: bool = False
    """Whether lists are nested so deeply that their items must not be indented."""


def prepare_tree(document: DocumentNode, source: str, declares: bool = True) -> Prepared:
    """Insert the markers that `read_blocks` reads into a tree, in place.

    `source` is the page's source. `declares`: whether its class names are read as declarations.
    """
    found = prefilter(source)
    if code := [selector for pattern, selector in CODE_SELECTORS.items() if pattern in found]:
        rewrite_code(document, document.query_selector_all(",".join(code))[:_MAX_NODES])
    selectors = [selector for pattern, selector in SELECTORS.items() if pattern in found]
    declared = region_selector(source if declares else "", "aside_id" in found)
    nodes = _query(document, [*selectors, declared])
    if len(nodes) > _MAX_NODES:
        nodes = _query(document, selectors)
    if len(nodes) > _MAX_NODES:
        return Prepared([], "", document.query_selector(_DEEP_LISTS) is not None)
    regions: list[Region] = []
    titles: list[str] = []
    has_deep_lists = False
    for node in nodes:
        tag = node.tag
        if _is_hidden_twin(node):
            node.replace_with(document.create_text_node(""))
        elif tag == "table":
            mark_table(document, node)
        elif tag == "h1":
            titles.append(" ".join((node.text or "").split()))
        elif tag == "ol":
            _mark_list(document, node)
        elif tag == "li" and (value := node.getattr("value")):
            _mark_number(document, node, value)
        elif tag == "a" and _begins_term(node):
            node.prepend(document.create_text_node(REGION_CLOSES + TERM + REGION_CLOSES))
        elif tag == "li" and node.matches(_DEEP_LISTS):
            has_deep_lists = True
        elif _mark_region(document, node, len(regions)):
            regions.append(_region(node))
    return Prepared(regions, titles[0] if len(titles) == 1 else "", has_deep_lists)


def _query(document: DocumentNode, selectors: Iterable[str]) -> Sequence[ElementNode]:
    selector = ",".join(filter(None, selectors))
    return document.query_selector_all(selector)[:] if selector else []


def _is_hidden_twin(node: ElementNode) -> bool:
    """Return whether an element is a short text without formulas that is shown at no width."""
    classes = node.getattr("class") or ""
    if "d-none" not in classes.split() or _SHOWN.search(classes):
        return False
    text = node.text or ""
    return len(text) < _MAX_TWIN and "\ue000" not in text


def _begins_term(link: ElementNode) -> bool:
    """Return whether a link is at the start of a term of a definition list."""
    if not isinstance(link.parent, ElementNode) or link.parent.tag != "dt":
        return False
    before = link.previous_sibling
    return before is None or not text_of(before).strip()


def _mark_list(document: DocumentNode, node: ElementNode) -> None:
    """Mark the first item of an ordered list with its number and how the items are numbered."""
    numbering = node.getattr("type") or ""
    if style := _STYLE.search(f"{node.getattr('style')} {node.getattr('class')}"):
        numbering = _NUMBERINGS[style[1], style[2]]
    is_reversed = node.getattr("reversed") is not None
    numbering = (numbering if numbering in _NUMBERINGS.values() else "") + "r" * is_reversed
    first = node.query_selector("li")
    start = (first and first.getattr("value")) or node.getattr("start") or ""
    if not _NUMBER.fullmatch(start):
        items = [child for child in node.children[:] if child.tag == "li"]
        start = str(len(items) if is_reversed else 1)
    _mark_number(document, first, start, numbering)


def _mark_number(
    document: DocumentNode, item: ElementNode | None, number: str, numbering: str = ""
) -> None:
    if item is not None and _NUMBER.fullmatch(number):
        marker = f"{REGION_CLOSES}{int(number)}{numbering}{REGION_CLOSES}"
        item.prepend(document.create_text_node(marker))


def _region(node: ElementNode) -> Region:
    tag, classes = node.tag, node.getattr("class") or ""
    role, name = node.getattr("role"), node.getattr("id") or ""
    kind = kind_of(f"{classes} {name}")
    if kind and not (
        tag in ("article", "main")
        or role == "main"
        or name in ("content", "main")
        or node.getattr("itemprop") == "articleBody"
        or not _MAIN_CLASSES.isdisjoint(classes.split())
    ):
        return Region(kind, classes if kind == BODY else "")
    first = classes.split(maxsplit=1)[0].rstrip("0123456789-_") if classes.strip() else ""
    return Region(MAIN, f"{'main' if role == 'main' else tag} {first}")


def _mark_region(document: DocumentNode, node: ElementNode, number: int) -> bool:
    if not node.has_child_nodes():
        return False
    node.prepend(document.create_text_node(f"{REGION_OPENS}{number}{REGION_ENDS}"))
    node.append_child(document.create_text_node(f"{REGION_CLOSES}{number}{REGION_ENDS}"))
    return True
