"""Mark in a tree what its text alone would not tell: regions, tables of data, the title.

One compound selector finds them all, since each look-up walks the whole tree.
"""

from dataclasses import dataclass

from resiliparse.parse.html import DocumentNode, ElementNode

from transforms.data_tables import mark_table
from transforms.text_blocks import REGION_CLOSES, REGION_ENDS, REGION_OPENS

_REGIONS = (
    "article,main,[role=main],[itemprop=articleBody],#content,#main,.content,.article-body,"
    ".articleBody,.entry-content,.post-content"
)
_SELECTOR = f"{_REGIONS},table,h1,ul,ol"
_MOST_NODES = 3000  # more of them are a flood, or teasers without a main region
_MOST_LISTS = 256  # with fewer, lists cannot be nested so deep
_DEEP = "*>" * _MOST_LISTS + "*"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was seen of a tree while it was marked."""

    signatures: list[str]
    """How each marked region looks, its tag and class; regions are marked by their index."""
    title: str
    """The text of the one `<h1>`, if there is just one."""
    has_deep_lists: bool = False
    """Whether lists may be nested so deep that their indentation takes quadratic space."""


def prepare_tree(document: DocumentNode) -> Prepared:
    """Mark a tree in place, for `read_blocks` to find."""
    nodes = document.query_selector_all(_SELECTOR)[:]
    if len(nodes) > _MOST_NODES:
        return Prepared([], "", _is_deep(document))
    signatures: list[str] = []
    titles: list[str] = []
    lists = 0
    for node in nodes:
        tag = node.tag
        if tag in ("ul", "ol"):
            lists += 1
        elif tag == "table":
            mark_table(document, node)
        elif tag == "h1":
            titles.append(" ".join((node.text or "").split()))
        elif _mark_region(document, node, len(signatures)):
            signatures.append(f"{tag} {node.getattr('class') or ''}".rstrip("0123456789"))
    title = titles[0] if len(titles) == 1 else ""
    return Prepared(signatures, title, lists > _MOST_LISTS and _is_deep(document))


def _is_deep(document: DocumentNode) -> bool:
    return document.query_selector(_DEEP) is not None


def _mark_region(document: DocumentNode, node: ElementNode, number: int) -> bool:
    if (first := node.first_child) is None:
        return False
    node.insert_before(document.create_text_node(f"{REGION_OPENS}{number}{REGION_ENDS}"), first)
    node.append_child(document.create_text_node(f"{REGION_CLOSES}{number}{REGION_ENDS}"))
    return True
