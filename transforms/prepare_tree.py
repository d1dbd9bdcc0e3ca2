"""Edit a tree so that text extraction keeps what is content, and tells where it was.

One compound selector finds everything that needs a touch, since each look-up walks the whole tree:
regions that may be the main one, which are marked; tables of data, marked too; and the elements
that resiliparse 2.0.1 drops from main content whatever they hold. These are renamed:

- `<ul>` near the top of the body, or with more than a fifth of its text in links;
- `<aside>`, where it holds text or formulas and few links;
- `<time>` in a sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass

from resiliparse.parse.html import DocumentNode, ElementNode

from transforms.data_tables import mark_table
from transforms.lone_symbols import WORD_JOINER
from transforms.text_blocks import BULLETS, REGION_CLOSES, REGION_ENDS, REGION_OPENS

_REGIONS = (
    "article,main,[role=main],[itemprop=articleBody],.article-body,.articleBody,.entry-content,"
    ".post-content,.article-content,.main-content,.post-body,#content,#article,#main,.content"
)
_LOST = "p~ul:not([class]),aside,p time"
_MAX_DEPTH = 256
_TOO_DEEP = "*>" * _MAX_DEPTH + "*"
_SELECTOR = f"{_REGIONS},{_LOST},table,h1"
# More nodes than this are a list of teasers, a flood, or a tree that is too deep.
_MOST_NODES = 400
_MOST_LINKS = 0.7  # share of a list's text
_LEAST_ASIDE = 200  # characters


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was seen of a tree while it was edited."""

    signatures: list[str]
    """How each marked region looks: its tag and class."""
    title: str
    """The text of the one `<h1>`, if there is just one."""
    is_too_deep: bool
    """Whether the tree is so deep that main-content extraction would take minutes."""


def prepare_tree(document: DocumentNode) -> Prepared:
    """Mark and mend a tree in place.

    Regions are marked by their number in `signatures`.
    """
    nodes = document.query_selector_all(_SELECTOR)[:]
    if len(nodes) > _MOST_NODES or _is_deep_at_an_edge(document):
        is_too_deep = document.query_selector(_TOO_DEEP) is not None
        return Prepared([], "", is_too_deep)
    signatures: list[str] = []
    titles: list[str] = []
    for node in nodes:
        if edit := _EDITS.get(node.tag or ""):
            edit(document, node)
        elif node.tag == "h1":
            titles.append(" ".join((node.text or "").split()))
        elif _mark_region(document, node, len(signatures)):
            signatures.append(f"{node.tag} {node.getattr('class') or ''}".rstrip("0123456789"))
    return Prepared(signatures, titles[0] if len(titles) == 1 else "", False)


def _is_deep_at_an_edge(document: DocumentNode) -> bool:
    """Whether the chain of first or of last children is too deep: elements left open are."""
    return _runs_deep(document, lambda node: node.first_element_child) or _runs_deep(
        document, lambda node: node.last_element_child
    )


def _runs_deep(document: DocumentNode, child: Callable[[ElementNode], ElementNode | None]) -> bool:
    node = document.document_element
    for _ in range(_MAX_DEPTH):
        if node is None:
            return False
        node = child(node)
    return True


def _mark_region(document: DocumentNode, node: ElementNode, number: int) -> bool:
    if (first := node.first_child) is None:
        return False
    node.insert_before(document.create_text_node(f"{REGION_OPENS}{number}{REGION_ENDS}"), first)
    node.append_child(document.create_text_node(f"{REGION_CLOSES}{number}{REGION_ENDS}"))
    return True


def _rename(document: DocumentNode, node: ElementNode, tag: str) -> ElementNode:
    renamed = document.create_element(tag)
    for name in node.attrs:
        renamed.setattr(name, node.getattr(name) or "")
    children = node.child_nodes[:]
    node.replace_with(renamed)
    renamed.append(*children)
    return renamed


def _links(node: ElementNode) -> tuple[int, int]:
    """Return the characters of the text, and those of its links."""
    links = sum(len(" ".join((a.text or "").split())) for a in node.query_selector_all("a")[:])
    return len(" ".join((node.text or "").split())), links


def _save_list(document: DocumentNode, node: ElementNode) -> None:
    size, links = _links(node)
    if size and links <= _MOST_LINKS * size:
        saved = _rename(document, node, "ol")
        saved.insert_before(document.create_text_node(BULLETS + WORD_JOINER), saved.first_child)


def _save_aside(document: DocumentNode, node: ElementNode) -> None:
    size, links = _links(node)
    is_text = size >= _LEAST_ASIDE or "\ue000" in (node.text or "")
    if is_text and links * 5 <= size:
        _rename(document, node, "div")


def _save_time(document: DocumentNode, node: ElementNode) -> None:
    node.replace_with(document.create_text_node(node.text or ""))


_EDITS: dict[str, Callable[[DocumentNode, ElementNode], None]] = {
    "aside": _save_aside,
    "table": mark_table,
    "time": _save_time,
    "ul": _save_list,
}
