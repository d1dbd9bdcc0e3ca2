"""The main text of a page as Markdown: its content, without menus, teasers and notices.

resiliparse's main-content extraction is not used: it loses symbols, lists and figures, takes
quadratic time on deep trees, and costs more than what is done here. All text is extracted but for
that of a page's furniture, with the little markup that resiliparse can keep; of the blocks, those
of the region that holds most of the text are kept; and of these, what is left of the page's frame
goes by its shape.
"""

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.boilerplate import drop_boilerplate
from transforms.main_region import main_region
from transforms.markdown_blocks import markdown_blocks
from transforms.page_furniture import FURNITURE
from transforms.prepare_tree import prepare_tree
from transforms.text_blocks import Block, read_blocks


def main_text(tree: HTMLTree) -> str:
    r"""Return the main text of a page; the tree is edited on the way.

    Placeholders of formulas (U+E000, digits, U+E001) count as content. Paragraphs are parted by
    blank lines; there are headings, items, rows of tables and fenced code as in Markdown.

    >>> main_text(HTMLTree.parse("<h1>Sets</h1><p>A set<ul><li>has elements</ul>"))
    '# Sets\n\nA set\n\n- has elements'
    """
    if tree.document is None or tree.body is None:
        return ""
    prepared = prepare_tree(tree.document)
    blocks = main_region(_blocks(tree, FURNITURE), prepared.signatures)
    return markdown_blocks(_titled(drop_boilerplate(blocks), prepared.title))


def _blocks(tree: HTMLTree, skipped: list[str]) -> list[Block]:
    minimal_html = extract_plain_text(
        tree, preserve_formatting="minimal_html", links=True, skip_elements=skipped
    )
    return read_blocks(minimal_html)


def _titled(blocks: list[Block], title: str) -> list[Block]:
    if not title or not blocks or any(block.kind == "h1" for block in blocks):
        return blocks
    return [Block("h1", title), *blocks]
