"""Drop the lines of a text that are not content, by their shape and a few words.

The rules use blocks only: the share of links, whether a line recurs, its length, its position. They
keep rows, code, labels of parts ("(a)", "Solution."), and every line with a formula.
"""

from collections import Counter
from collections.abc import Sequence

from transforms.content.blocks import TEXT_LINE_WEIGHT, Block
from transforms.content.boilerplate_words import (
    DATE,
    EXERCISE,
    LABEL,
    LEGAL,
    LIST_HEADING,
    MAYBE_DATE,
    MAYBE_LEGAL,
    MAYBE_RELATED_LINKS,
    NOTICE,
    RELATED_LINKS,
)
from transforms.content.teasers import without_teasers

_MIN_RECURRENCES = 3  # least number of occurrences of a recurring line
_MAX_RECURRING_WEIGHT = 80  # weight below which a recurring line can be boilerplate
# Share of links from which a line consists of links only: in a menu or a teaser.
_MIN_LINK_SHARE = {"p": 0.8, "dt": 0.8, "ul": 0.95, "ol": 0.95} | dict.fromkeys(
    ("h3", "h4", "h5", "h6"), 0.95
)
_MIN_TEXT_WEIGHT = 250  # weight of the running text below which a page is too short to trim
_MAX_EDGE_LINES = 2  # short lines at an edge that are kept: boilerplate has more
_MIN_SENTENCE_WEIGHT = 25  # weight from which a line that ends like a sentence counts as text
_MAX_LABEL_WEIGHT = 30  # weight below which a line that ends in a colon is a label
_LEGAL_NOTE_WEIGHT = 400  # weight below which a paragraph with legal words is a notice
_MIN_SHARE_BEFORE_LINKS = 0.7  # least share of the text before the links to other pages

_ZEROS = bytes.maketrans(b"123456789", b"000000000")
_ENDS = frozenset(".!?;:\u2026\u3002\uff01\uff1f\uff1b\uff1a\u061f\u06d4\u0964")
_CLOSES = "\"')]\u2019\u201d\u300d\u300f\uff09"  # may follow the end of a sentence


def drop_boilerplate(blocks: list[Block]) -> list[Block]:
    """Return the blocks that are content, in order.

    >>> menu = [Block("p", name, link=len(name)) for name in ("Home", "Imprint")]
    >>> [block.text for block in drop_boilerplate([*menu, Block("p", "The text.")])]
    ['The text.']
    """
    total = sum(block.prose for block in blocks)
    lines = _before_related_links(without_teasers(blocks, _is_dateline), total)
    if not total and sum(map(_is_title, lines)) >= _MIN_RECURRENCES:
        return [block for block in lines if _is_title(block) or not _is_link_line(block)]
    lines = _without_recurring_lines(_without_link_lines(lines))
    lines = lines if total < _MIN_TEXT_WEIGHT else _trimmed(lines)
    return _with_content([block for block in lines if not _is_notice(block)])


def _with_content(blocks: list[Block]) -> list[Block]:
    """Drop headings with nothing under them, except the first and those that are text."""
    kept: list[Block] = []
    level = "h0"  # of the heading after a block; the end of the text closes all
    for i in range(len(blocks) - 1, -1, -1):
        block = blocks[i]
        if block.is_heading:
            if level and block.kind >= level and i and not _is_text_heading(block):
                continue
            level = block.kind
        else:
            level = ""
        kept.append(block)
    return kept[::-1]


def _is_text_heading(block: Block) -> bool:
    return block.weight >= TEXT_LINE_WEIGHT or block.is_solid or _is_part_label(block)


def _is_title(block: Block) -> bool:
    """Return whether a link is as long as the titles in a listing, unlike those in a menu."""
    return block.kind == "p" and block.weight >= _MIN_SENTENCE_WEIGHT and block.link > 0


def _is_notice(block: Block) -> bool:
    if block.prose or block.weight >= TEXT_LINE_WEIGHT:
        return False
    return NOTICE.fullmatch(block.text) is not None


def _without_link_lines(blocks: list[Block]) -> list[Block]:
    """Drop lines of links, datelines, and the labels of which they are the values."""
    kept: list[Block] = []
    has_lost_value = False  # whether lines were dropped after the last block
    listed = _listed(blocks)
    for i, block in enumerate(blocks):
        is_line = not block.prose and (_is_link_line(block) or _is_dateline(block))
        if is_line and not listed[i] and not _is_term(block, blocks[i + 1 : i + 2]):
            has_lost_value = True
            continue
        if has_lost_value and kept and _is_label_of_value(kept[-1]):
            kept.pop()
        has_lost_value = False
        kept.append(block)
    return kept


def _is_term(block: Block, following: list[Block]) -> bool:
    """Return whether a block is a term of a definition list and its definition follows."""
    if block.kind != "dt" or not following or following[0].kind == "dt":
        return False
    return not _is_link_line(following[0])


def _listed(blocks: list[Block]) -> list[bool]:
    """Return which blocks are a list in the text, such as one of exercises, or its heading."""
    listed = [False] * len(blocks)
    for i, block in enumerate(blocks):
        if block.kind[:1] == "h":
            listed[i] = block.is_heading and LIST_HEADING.fullmatch(block.text) is not None
        elif listed[i - 1] and i:
            listed[i] = block.kind in ("ul", "ol")
    return listed


def _is_link_line(block: Block) -> bool:
    if not block.link or block.kind in ("h1", "h2", "row", "head"):
        return False
    if block.link < _MIN_LINK_SHARE[block.kind] * len(block.text) or block.is_solid:
        return False
    return not (_is_part_label(block) or EXERCISE.match(block.text))


def _is_part_label(block: Block) -> bool:
    return block.weight < _MAX_LABEL_WEIGHT and LABEL.fullmatch(block.text) is not None


def _is_label_of_value(block: Block) -> bool:
    if block.weight >= _MAX_LABEL_WEIGHT or block.is_heading or block.text[-1] not in ":\uff1a":
        return False
    return not block.is_solid and not _is_part_label(block)


def _is_dateline(block: Block) -> bool:
    """Return whether a line gives the date, and perhaps the author, of a post."""
    text = block.text
    if block.weight >= TEXT_LINE_WEIGHT or block.is_heading or not MAYBE_DATE.search(text):
        return False
    return DATE.search(text) is not None and not _ends_like_sentence(text) and not block.is_solid


def _without_recurring_lines(blocks: list[Block]) -> list[Block]:
    """Drop short lines that recur and contain links or are adjacent to one that recurs.

    Such lines follow the posts of a forum and the answers to a question; a lone "Proof." recurs
    too, and is kept, as labels are. Lines that differ in digits ("7 posts") are dropped only if
    they contain links or are adjacent to a line that recurs unchanged ("Member").
    """
    if len(blocks) < _MIN_RECURRENCES:
        return blocks
    keys = [block.text if block.weight < _MAX_RECURRING_WEIGHT else "" for block in blocks]
    recurs = _recurring(_without_digits(keys))
    if True not in recurs:  # whatever they are
        return blocks
    keys = [
        _recurring_key(block) if recurs[i] and not listed else ""
        for i, (block, listed) in enumerate(zip(blocks, _listed(blocks), strict=True))
    ]
    exact = _recurring(keys)
    if True not in exact and not any(block.link for block in blocks):
        return blocks
    similar = _recurring(_without_digits(keys))
    return [
        block
        for i, block in enumerate(blocks)
        if not similar[i] or not (_is_linked(block) or _is_refrain(i, exact, similar))
    ]


def _is_linked(block: Block) -> bool:
    return block.link * 5 >= len(block.text)


def _is_refrain(i: int, exact: list[bool], similar: list[bool]) -> bool:
    """Return whether line i and a line adjacent to it recur, at least one of them unchanged."""
    adjacent = similar if exact[i] else exact
    return (i > 0 and adjacent[i - 1]) or (i + 1 < len(adjacent) and adjacent[i + 1])


def _without_digits(keys: list[str]) -> list[bytes]:
    """Return keys with zeros as their only digits, in UTF-8, in which this is fast."""
    return "\0".join(keys).encode("utf-8", "surrogatepass").translate(_ZEROS).split(b"\0")


def _recurring(keys: Sequence[str | bytes]) -> list[bool]:
    times = Counter(keys)
    return [bool(key) and times[key] >= _MIN_RECURRENCES for key in keys]


def _recurring_key(block: Block) -> str:
    """Return what short lines share that recur, or "" for a line that may recur in a text."""
    text = block.text
    if "=" in text or block.is_solid:
        return ""
    return "" if _is_part_label(block) else text


def _before_related_links(blocks: list[Block], total: int) -> list[Block]:
    """Return the blocks before a line near the end that announces other pages or comments.

    All blocks are kept if a formula, code or table follows the line.
    """
    weight_before = 0
    for i, block in enumerate(blocks):
        if weight_before >= _MIN_SHARE_BEFORE_LINKS * total and _announces_links(block, blocks, i):
            return blocks if any(rest.is_solid for rest in blocks[i:]) else blocks[:i]
        weight_before += block.prose
    return blocks


def _announces_links(block: Block, blocks: list[Block], i: int) -> bool:
    if block.weight >= TEXT_LINE_WEIGHT or block.kind == "ol" or block.is_solid:
        return False
    if RELATED_LINKS.match(block.text):
        return True
    if not MAYBE_RELATED_LINKS.match(block.text):
        return False
    if block.is_heading and i + 1 < len(blocks) and blocks[i + 1].prose:
        return False
    return any(_is_link_line(rest) or _is_dateline(rest) for rest in blocks[i + 1 :])


def _trimmed(blocks: list[Block]) -> list[Block]:
    """Drop short lines before the first and after the last block of text."""
    first = next((i for i, block in enumerate(blocks) if _is_text(block)), None)
    if first is None:
        return blocks
    end = next(i for i in range(len(blocks), 0, -1) if _is_text(blocks[i - 1]))
    head, tail = blocks[:first], blocks[end:]
    if len(head) > _MAX_EDGE_LINES:
        head = [b for b in head if b.kind in ("h1", "h2") or _may_be_text(b)]
    if len(tail) > _MAX_EDGE_LINES:
        tail = [
            b for b, listed in zip(tail, _listed(tail), strict=True) if listed or _may_be_text(b)
        ]
    return head + blocks[first:end] + tail


def _is_text(block: Block) -> bool:
    if block.is_solid:
        return True
    if not block.prose and not _is_sentence(block):
        return False
    return not _is_legal(block)


def _is_sentence(block: Block) -> bool:
    if block.link * 2 > len(block.text) or not _ends_like_sentence(block.text):
        return False
    least = TEXT_LINE_WEIGHT if block.is_heading else _MIN_SENTENCE_WEIGHT
    return block.weight - block.link >= least


def _ends_like_sentence(text: str) -> bool:
    return text.rstrip(_CLOSES)[-1:] in _ENDS


def _may_be_text(block: Block) -> bool:
    """Return whether a block at the edge of the text probably belongs to it."""
    if block.is_solid or _is_part_label(block):
        return True
    if block.is_heading or block.weight < _MIN_SENTENCE_WEIGHT or _is_legal(block):
        return False
    if block.kind in ("ul", "ol"):
        return block.link < 0.9 * len(block.text)
    return not block.link


def _is_legal(block: Block) -> bool:
    if block.weight >= _LEGAL_NOTE_WEIGHT or not MAYBE_LEGAL.search(block.text.lower()):
        return False
    return LEGAL.search(block.text) is not None
