"""The main text of a page as Markdown: its content, without menus, teasers and notices.

resiliparse drops what its class and place give away, and says what is a heading, a list, a link or
code; then the region that holds most of the text is chosen, and the lines that are left over of
the page's frame are dropped by their shape. Where main-content extraction loses the text or its
formulas, all text of the page goes through the same sieve.
"""

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.boilerplate import drop_boilerplate
from transforms.main_region import main_region
from transforms.markdown_blocks import markdown_blocks
from transforms.prepare_tree import Prepared, prepare_tree
from transforms.text_blocks import Block, read_blocks

_NO_TEXT = [
    *("img", "area", "svg", "map", "canvas", "video", "audio", "object", "embed", "figcaption"),
]
_NOTICES = ["[id*=cookie i]", "[id*=consent i]", "[role=dialog]", "[role=alertdialog]"]
_LITTLE = 400  # weight of running text up to which it is asked whether more was lost
_LOST_TEXT = 3.5  # how many times as much text the whole page must have
_FEW_FORMULAS = 5
_LOST_FORMULAS = 0.35  # share of the formulas below which main content has lost them


def main_text(tree: HTMLTree, formulas: int = 0) -> str:
    r"""Return the main text of a page; the tree is edited on the way.

    `formulas` is the number of placeholders in the tree, each U+E000, digits, U+E001: they count
    as content. Paragraphs are parted by blank lines.

    >>> main_text(HTMLTree.parse("<h1>Sets</h1><p>A set<ul><li>has elements</ul>"))
    '# Sets\n\nA set\n\n- has elements'
    """
    document = tree.document
    if document is None or tree.body is None:
        return ""
    prepared = prepare_tree(document)
    if prepared.is_too_deep:
        return markdown_blocks(_blocks(tree, is_main=False))
    blocks = _blocks(tree, is_main=True)
    if _may_have_lost(blocks, formulas):
        everything = _blocks(tree, is_main=False)
        if _has_much_more(everything, blocks):
            blocks = everything
    return markdown_blocks(_titled(_content(blocks, prepared), prepared.title))


def _blocks(tree: HTMLTree, is_main: bool) -> list[Block]:
    minimal_html = extract_plain_text(
        tree,
        preserve_formatting="minimal_html",
        main_content=is_main,
        links=True,
        skip_elements=_NO_TEXT + _NOTICES if is_main else _NO_TEXT,
    )
    return read_blocks(minimal_html)


def _content(blocks: list[Block], prepared: Prepared) -> list[Block]:
    return drop_boilerplate(main_region(blocks, prepared.signatures))


def _titled(blocks: list[Block], title: str) -> list[Block]:
    if not title or not blocks or any(block.kind == "h1" for block in blocks):
        return blocks
    return [Block("h1", title), *blocks]


def _mass(blocks: list[Block]) -> int:
    return sum(block.prose for block in blocks)


def _formulas(blocks: list[Block]) -> int:
    return sum(block.text.count("\ue000") for block in blocks)


def _may_have_lost(blocks: list[Block], formulas: int) -> bool:
    if formulas >= _FEW_FORMULAS and _formulas(blocks) < _LOST_FORMULAS * formulas:
        return True
    return _mass(blocks) < _LITTLE


def _has_much_more(everything: list[Block], main: list[Block]) -> bool:
    if _formulas(everything) >= 2 * _formulas(main) + 3:
        return True
    return _mass(everything) >= _LOST_TEXT * _mass(main) + 150
