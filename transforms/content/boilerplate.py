"""Drop the lines of a text that are not content, by their shape and a few words.

The rules use blocks only: the share of links, whether a line recurs, its length, its position. They
keep rows, code and every line with a formula.
"""

import re
from collections import Counter

from transforms.content.blocks import TEXT_LINE_WEIGHT, Block

# Words that mark a short paragraph at the edge of a text as boilerplate, anywhere in it.
LEGAL = re.compile(
    r"(?i)\bcookies?\b|privacy (?:policy|notice|statement)|terms of (?:use|service)|copyright"
    r"|all rights reserved|\u00a9|\bsubscribe\b|\bnewsletter|\b(?:sign|log) ?(?:up|in)\b"
    r"|\bfollow (?:us|me|on)\b|\bclick here\b|\bdatenschutz|confidentialit|privacidad"
    r"|\u7248\u6743|\u7248\u6b0a|\u8f6c\u8f7d|\u8f49\u8f09|\u514d\u8d23|\u767b\u5f55|\u6ce8\u518c"
    r"|\u5ba2\u6237\u7aef|\u626b\u4e00\u626b|\u8d23\u4efb\u7f16\u8f91|\u8d23\u7f16"
    r"|\u7f16\u8f91[:\uff1a]|\u8457\u4f5c\u6a29"
)
# A necessary condition for LEGAL on lower-case text, at a third of the cost: each alternative
# begins with a letter, so that the search skips most positions.
MAYBE_LEGAL = re.compile(LEGAL.pattern.replace("(?i)", "").replace(r"\b", ""))

# Words that mark a short line as the heading of links to other pages, at its start.
RELATED_LINKS = re.compile(
    r"(?i)\W*(?:related\b|recommended\b|trending\b|popular\b|sponsored\b|advertis"
    r"|more (?:from|in|on|stories|news|articles|posts|like)\b|read (?:more|next|also)\b"
    r"|most (?:read|popular|viewed|recent|commented|active)\b"
    r"|(?:latest|recent|top) (?:news|posts|stories|articles|comments|rated|from)\b"
    r"|you (?:may|might) (?:also )?(?:like|be)\b"
    r"|similar (?:threads|posts|questions|topics|articles)"
    r"|editors?.{0,2} (?:pick|choice)|about the author|share this"
    r"|(?:leave|post|add) a (?:comment|reply)|(?:\d+ )?comments?\W*\d*\W*$|join the (?:conv|disc)"
    r"|mehr zum thema|das k\u00f6nnte|(?:\u00e0 )?lire aussi|sur le m\u00eame sujet"
    r"|te puede interesar|noticias relacionad|art\u00edculos relacionad|leia (?:tamb\u00e9m|mais)"
    r"|veja tamb\u00e9m|leggi anche|articoli correlati|potrebbe interessar"
    r"|\u0447\u0438\u0442\u0430\u0439\u0442\u0435 \u0442\u0430\u043a\u0436\u0435"
    r"|\u043f\u043e\u0445\u043e\u0436\u0438\u0435|ilgili haber|benzer haber"
    r"|\u76f8\u5173|\u76f8\u95dc|\u63a8\u8350|\u63a8\u85a6|\u70ed\u95e8|\u71b1\u9580|\u70ed\u70b9"
    r"|\u731c\u4f60|\u5ef6\u4f38\u9605\u8bfb|\u6392\u884c|\u7f51\u53cb\u8bc4\u8bba"
    r"|\u95a2\u9023|\u304a\u3059\u3059\u3081|\u30e9\u30f3\u30ad\u30f3\u30b0"
    r"|\uad00\ub828 ?\uae30\uc0ac|\ucd94\ucc9c)"
)


_MIN_RECURRENCES = 3  # least number of occurrences of a recurring line, ignoring its numbers
_MAX_RECURRING_WEIGHT = 80  # weight below which a recurring line can be boilerplate
# Share of links from which a line consists of links only: in a menu or a teaser.
_MIN_LINK_SHARE = {"p": 0.8, "ul": 0.95, "ol": 0.95} | dict.fromkeys(("h3", "h4", "h5", "h6"), 0.95)
_MIN_TEXT_WEIGHT = 250  # weight of the running text below which a page is too short to trim
_MAX_EDGE_LINES = 2  # short lines at an edge that are kept: boilerplate has more
_MIN_SENTENCE_WEIGHT = 25  # weight from which a line that ends like a sentence counts as text
_LEGAL_NOTE_WEIGHT = 400  # weight below which a paragraph with legal words is a notice
_MIN_SHARE_BEFORE_LINKS = 0.7  # least share of the text before the links to other pages

_DIGITS = re.compile(r"\d+")
_DATE = re.compile(  # 7:45, 2024-05-19, 19.05.2024, 19 May 2024, May 19, 2024
    r"\d:[0-5]\d\b|(?:19|20)\d\d[-/.\u5e74]\d|[-/., ](?:19|20)\d\d\b"
)
_ENDS = frozenset(".!?;:\u2026\u3002\uff01\uff1f\uff1b\uff1a\u061f\u06d4\u0964")
_CLOSES = "\"')]\u2019\u201d\u300d\u300f\uff09"  # may follow the end of a sentence


def drop_boilerplate(blocks: list[Block]) -> list[Block]:
    """Return the blocks that are content, in order.

    >>> menu = [Block("p", name, link=len(name)) for name in ("Home", "Imprint")]
    >>> [block.text for block in drop_boilerplate([*menu, Block("p", "The text.")])]
    ['The text.']
    """
    blocks = _without_recurring_lines(
        [
            block
            for block in blocks
            if block.prose or not (_is_link_line(block) or _is_dateline(block))
        ]
    )
    total = sum(block.prose for block in blocks)
    if total < _MIN_TEXT_WEIGHT:
        return blocks
    return _trimmed(_before_related_links(blocks, total))


def _without_recurring_lines(blocks: list[Block]) -> list[Block]:
    """Drop short lines that recur and contain links or are adjacent to one that recurs.

    Such lines follow the posts of a forum and the answers to a question; headings and a lone
    "Proof." recur too, and are kept.
    """
    if len(blocks) < _MIN_RECURRENCES:
        return blocks
    lines = (block.text if block.weight < _MAX_RECURRING_WEIGHT else "" for block in blocks)
    keys = _DIGITS.sub("0", "\0".join(lines)).split("\0")  # joined for speed; no text has NULs
    times = Counter(keys)
    recurs = [
        bool(key) and times[key] >= _MIN_RECURRENCES and not block.is_solid
        for key, block in zip(keys, blocks, strict=True)
    ]
    if True not in recurs:
        return blocks
    neighbours = zip([False, *recurs], recurs, [*recurs[1:], False], blocks, strict=False)
    return [
        block
        for before, is_recurring, after, block in neighbours
        if not (is_recurring and (before or after or block.link * 5 >= len(block.text)))
    ]


def _is_link_line(block: Block) -> bool:
    if not block.link or block.kind in ("h1", "h2", "row", "head"):
        return False
    return block.link >= _MIN_LINK_SHARE[block.kind] * len(block.text) and not block.is_solid


def _is_dateline(block: Block) -> bool:
    """Return whether a line gives the date, and perhaps the author, of a post."""
    if block.weight >= TEXT_LINE_WEIGHT or block.is_heading or not _DIGITS.search(block.text):
        return False
    if not _DATE.search(block.text) or _ends_like_sentence(block.text):
        return False
    return not block.is_solid


def _before_related_links(blocks: list[Block], total: int) -> list[Block]:
    """Return the blocks before a line near the end that announces other pages or comments.

    All blocks are kept if a formula, code or table follows the line.
    """
    weight_before = 0
    for i, block in enumerate(blocks):
        if weight_before >= _MIN_SHARE_BEFORE_LINKS * total and _announces_related_links(block):
            return blocks if any(rest.is_solid for rest in blocks[i:]) else blocks[:i]
        weight_before += block.prose
    return blocks


def _announces_related_links(block: Block) -> bool:
    if block.weight >= TEXT_LINE_WEIGHT or block.kind == "ol":
        return False
    return RELATED_LINKS.match(block.text) is not None and not block.is_solid


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
        tail = [b for b in tail if _may_be_text(b)]
    return head + blocks[first:end] + tail


def _is_text(block: Block) -> bool:
    if block.is_solid:
        return True
    if not block.prose and not _is_sentence(block):
        return False
    return not _is_legal(block)


def _is_sentence(block: Block) -> bool:
    if block.is_heading or block.link * 2 > len(block.text):
        return False
    return block.weight - block.link >= _MIN_SENTENCE_WEIGHT and _ends_like_sentence(block.text)


def _ends_like_sentence(text: str) -> bool:
    return text.rstrip(_CLOSES)[-1:] in _ENDS


def _may_be_text(block: Block) -> bool:
    """Return whether a block at the edge of the text probably belongs to it."""
    if block.is_solid:
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
