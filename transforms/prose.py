"""How much running text a block holds."""

from transforms.text_blocks import Block

LINE = 60  # weight from which a line without links is taken for text: menus have shorter ones


def prose(block: Block) -> int:
    """Return the weight of the running text in a block: 0 for headings, links and short lines.

    Code, rows of tables and formulas count, however short.

    >>> prose(Block("p", "Home")), prose(Block("pre", "x = 1"))
    (0, 5)
    """
    if block.is_heading:
        return 0
    if block.kind == "pre":
        return len(block.text)
    if block.link * 2 > len(block.text):
        return 0
    if block.kind in ("row", "head"):
        return len(block.text)
    weight = block.weight
    if "\ue000" in block.text:
        return max(LINE, weight)
    return weight - block.link if weight - block.link >= LINE else 0
