"""Extract the main text of a page as Markdown, without menus, teasers and notices.

resiliparse's main-content extraction is not used: it loses symbols, lists and figures, takes
quadratic time on deep trees, and is slower than this module. All text except that of the page's
furniture is extracted, with the little markup that resiliparse can keep; then the blocks of the
region with most of the text are kept; then the remaining boilerplate is dropped by its shape.
"""

from dataclasses import dataclass, replace

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.content.asides import without_asides
from transforms.content.blocks import Block, most_prose, read_blocks, read_lines
from transforms.content.boilerplate import drop_boilerplate
from transforms.content.copies import without_copies
from transforms.content.main_region import main_region
from transforms.content.markdown import markdown_blocks
from transforms.content.prepare_tree import Prepared, prepare_tree
from transforms.content.prose import prose_words
from transforms.content.selectors import FURNITURE, NO_TEXT
from transforms.html.invisible import without_icons, without_invisible

_LITTLE_TEXT = 250  # weight of running text below which text may have been lost
_MUCH_MORE_TEXT = 3.5  # times as much text must be extracted with nothing skipped
_MAX_LINES = 50_000  # splitting more into blocks would take seconds
_FEW_FORMULAS = 5
_LOST_FORMULAS = 0.35  # share of the page's formulas in the text below which they were lost


@dataclass(frozen=True, slots=True)
class MainText:
    """The main text of a page as Markdown, its characters in links, and its words of prose."""

    text: str = ""
    link_characters: int = 0
    prose_words: int = 0


def main_text(tree: HTMLTree, formulas: int = 0, source: str = "") -> MainText:
    r"""Return the main text of a page; modifies the tree.

    `formulas` is the number of placeholders in the tree (U+E000, digits, U+E001), which count as
    content: if most of them, or nearly all text, would be lost, nothing is skipped as furniture.
    `source` is the source of the page: of a page with few formulas, what its class names declare to
    be next to the text is dropped.
    Blank lines separate paragraphs; headings, items, rows of tables and fenced code are as in
    Markdown.

    >>> main_text(HTMLTree.parse("<h1>Sets</h1><p>A set<ul><li>has elements</ul>")).text
    '# Sets\n\nA set\n\n- has elements'
    """
    if tree.document is None or tree.body is None:
        return MainText()
    declares = bool(source) and formulas < _FEW_FORMULAS
    prepared = prepare_tree(tree.document, source or tree.document.html, declares)
    blocks = _content(tree, prepared, _minimal_html(tree, prepared))
    if _may_have_lost(blocks, formulas):
        minimal_html = _minimal_html(tree, prepared, keep_furniture=True)
        if _may_have_much_more(minimal_html, blocks):
            everything = _content(tree, replace(prepared, regions=[]), minimal_html)
            if _has_much_more(everything, blocks):
                blocks = everything
    text = markdown_blocks(_titled(blocks, without_icons(without_invisible(prepared.title))))
    return MainText(text, sum(block.link for block in blocks), prose_words(blocks))


def _minimal_html(tree: HTMLTree, prepared: Prepared, keep_furniture: bool = False) -> str:
    """Return the text; with `keep_furniture`, furniture and `<noscript>` elements too."""
    minimal_html = extract_plain_text(
        tree,
        preserve_formatting="minimal_html",
        links=True,
        list_bullets=not prepared.has_deep_lists,
        noscript=keep_furniture,
        skip_elements=NO_TEXT if keep_furniture else FURNITURE,
    )
    return without_icons(without_invisible(minimal_html))


def _content(tree: HTMLTree, prepared: Prepared, minimal_html: str) -> list[Block]:
    """Return the blocks of a text that are content."""
    if minimal_html.count("\n") > _MAX_LINES:
        return read_lines(minimal_html)
    blocks = without_asides(read_blocks(minimal_html), prepared.regions)
    page_title = " ".join((tree.title or "").split())
    blocks = main_region(blocks, prepared.regions, page_title)
    return drop_boilerplate(without_copies(blocks))


def _may_have_lost(blocks: list[Block], formulas: int) -> bool:
    if formulas >= _FEW_FORMULAS and _formulas(blocks) < _LOST_FORMULAS * formulas:
        return True
    return sum(block.prose for block in blocks) < _LITTLE_TEXT


def _may_have_much_more(minimal_html: str, kept: list[Block]) -> bool:
    """Return whether a text may have much more than `kept`: a bound, at a tenth of the cost."""
    if "\ue000" in minimal_html or minimal_html.count("\n") > _MAX_LINES:
        return True
    least = _MUCH_MORE_TEXT * sum(block.prose for block in kept) + _LITTLE_TEXT
    return most_prose(minimal_html) >= least


def _has_much_more(everything: list[Block], kept: list[Block]) -> bool:
    if _formulas(everything) >= 2 * _formulas(kept) + 3:
        return True
    prose = sum(block.prose for block in kept)
    return sum(block.prose for block in everything) >= _MUCH_MORE_TEXT * prose + _LITTLE_TEXT


def _formulas(blocks: list[Block]) -> int:
    return sum(block.text.count("\ue000") for block in blocks)


def _titled(blocks: list[Block], title: str) -> list[Block]:
    if not title or not blocks or any(block.kind == "h1" for block in blocks):
        return blocks
    return [Block("h1", title), *blocks]
