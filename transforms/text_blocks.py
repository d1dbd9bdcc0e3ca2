"""The blocks of a page's text, read from what resiliparse calls minimal HTML.

That output has a line for each block, the tags of headings, paragraphs, lists, links and
preformatted text, and nothing else; `<`, `>`, `&` and `"` of the page are escaped in it. Beside the
tags it holds marks of ours, private-use characters that were put into the tree as text:
regions (an article, say) that open and close, and the rows and cells of tables.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from transforms.lone_symbols import WORD_JOINER

REGION_OPENS, REGION_CLOSES, REGION_ENDS = "\ue002", "\ue004", "\ue003"
ROW, HEADER_ROW, CELL, ROW_ENDS = "\ue005", "\ue008", "\ue006", "\ue007"
BULLETS = "\ue009"  # opens an <ol> that stands for an <ul>

_TOKEN = re.compile(
    rf'<(/?[a-z][a-z0-9]*)(?: href="[^"]*")?>|([{REGION_OPENS}{REGION_CLOSES}][0-9]{{1,5}})'
    rf"{REGION_ENDS}|(\n)"
)
_ROW = re.compile(f"([{ROW}{HEADER_ROW}])([^{ROW}{HEADER_ROW}{ROW_ENDS}]{{0,8000}}){ROW_ENDS}")
_TAG = re.compile(r'</?[a-z][a-z0-9]*(?: href="[^"]*")?>')
_SOLID_KINDS = frozenset(("row", "head", "pre"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
_FORMULA = re.compile(r"[\ue000$]|\\[(\[]|\\begin\{")
_STRAY = str.maketrans("", "", ROW + HEADER_ROW + CELL + ROW_ENDS + BULLETS)


@dataclass(frozen=True, slots=True)
class Block:
    """A line, paragraph, heading, list item, table row or piece of code."""

    kind: str
    """`p` (paragraph or line), `h1` ... `h6`, `ul` or `ol` (an item), `row`, `head` or `pre`."""
    text: str
    """White space is collapsed but for newlines, which were line breaks; as it was in `pre`."""
    link: int = 0
    """Characters of `text` that are links."""
    depth: int = 0
    """Number of lists around it."""
    regions: tuple[int, ...] = ()
    """The regions that it lies in, outermost first."""

    @property
    def weight(self) -> int:
        """Length in Latin letters: an ideograph, kana or syllable of Hangul counts for two."""
        text = self.text
        return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))

    @property
    def is_solid(self) -> bool:
        """Whether it is content whatever its shape: a row, code, or a line with a formula."""
        return self.kind in _SOLID_KINDS or _FORMULA.search(self.text) is not None

    @property
    def is_heading(self) -> bool:
        """Whether it is `h1` ... `h6`."""
        return self.kind in _HEADINGS

    @property
    def link_share(self) -> float:
        """Share of the text that is links."""
        return self.link / len(self.text)


def read_blocks(minimal_html: str) -> list[Block]:
    r"""Return the blocks of the text in order.

    >>> [(b.kind, b.text) for b in read_blocks('<h1>A</h1>\n\n<p>b <a href="">c</a></p>')]
    [('h1', 'A'), ('p', 'b c')]
    """
    minimal_html = minimal_html.replace(WORD_JOINER, "")
    if ROW in minimal_html or HEADER_ROW in minimal_html:
        minimal_html = _ROW.sub(_row_line, minimal_html)
    reader = _Reader()
    for text, is_code in _around_code(minimal_html):
        if is_code:
            reader.code(text)
        else:
            reader.read(text)
    reader.end_block()
    return reader.blocks


def _row_line(row: re.Match[str]) -> str:
    """Return a row as one line, its cells between bars."""
    mark, content = row.groups()
    cells = [" ".join(_TAG.sub(" ", cell).split()) for cell in content.split(CELL)]
    return f"\n{mark}| {' | '.join(cells)} |\n" if any(cells) else "\n"


def _around_code(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text before, in and after `<pre>` elements, and whether it is in one."""
    at = 0
    while (end := text.find("</pre>", at)) >= 0:
        start = text.rfind("<pre>", at, end)  # an empty element opens without closing
        if start >= 0:
            yield text[at:start], False
            yield text[start + 5 : end], True
        else:
            yield text[at:end], False
        at = end + 6
    yield text[at:], False


def _unescape(text: str) -> str:
    if "&" not in text:
        return text
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    return text.replace("&amp;", "&")


def _collapse(text: str) -> str:
    if "\n" not in text:
        return " ".join(text.split())
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _without_empty_links(tags: list[str | None]) -> list[str | None]:
    """Return the tags without those `<a>` that no `</a>` follows: they had no content."""
    following: str | None = None
    for i in range(len(tags) - 1, -1, -1):
        if tags[i] == "a":
            if following != "/a":
                tags[i] = None
            following = "a"
        elif tags[i] == "/a":
            following = "/a"
    return tags


class _Reader:
    """Collects blocks while tags, marks and text go by."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.kind = "p"
        self.lists: list[str] = []
        self.regions: tuple[int, ...] = ()
        self.text: list[str] = []
        self.link = 0
        self.in_link = False
        self.breaks = 0

    def read(self, text: str) -> None:
        parts: list[str | None] = list(_TOKEN.split(text))
        tags = _without_empty_links(parts[1::4])
        self.add(parts[0])
        for tag, region, newline, following in zip(
            tags, parts[2::4], parts[3::4], parts[4::4], strict=True
        ):
            if newline:
                self.newline()
            elif tag:
                self.tag(tag)
            elif region:
                self.region(region)
            self.add(following)

    def add(self, text: str | None) -> None:
        if not text:
            return
        if text[0] == BULLETS and self.lists:
            self.lists[-1] = "ul"
        if self.breaks:
            self.line_break()
        self.text.append(text)
        if self.in_link:
            self.link += len(text.strip())

    def newline(self) -> None:
        if self.breaks:
            self.line_break()
        elif self.kind in _HEADINGS:
            self.text.append(" ")
        else:
            self.end_block()

    def line_break(self) -> None:
        """One `<br>` breaks the line, two the paragraph."""
        if self.breaks == 1:
            self.text.append("\n")
        else:
            self.end_block()
        self.breaks = 0

    def tag(self, tag: str) -> None:
        if tag == "a" or tag == "/a":
            self.in_link = tag == "a"
        elif tag == "br":
            self.breaks += 1
        else:
            self.end_block()
            self.open(tag)

    def open(self, tag: str) -> None:
        """Start the kind of block that follows a tag."""
        self.kind = "p"
        if tag == "li":
            self.kind = self.lists[-1] if self.lists else "ul"
        elif tag == "ul" or tag == "ol":
            self.lists.append(tag)
        elif (tag == "/ul" or tag == "/ol") and self.lists:
            self.lists.pop()
        elif tag[0] == "h":
            self.kind = tag

    def region(self, mark: str) -> None:
        kind = self.kind
        self.end_block()
        self.kind = kind
        number = int(mark[1:])
        if mark[0] == REGION_OPENS:
            self.regions += (number,)
        elif number in self.regions:
            self.regions = self.regions[: self.regions.index(number)]

    def code(self, text: str) -> None:
        self.end_block()
        text = _unescape(_TAG.sub("", text)).translate(_STRAY).strip("\n").rstrip()
        if text:
            self.blocks.append(Block("pre", text, 0, len(self.lists), self.regions))

    def end_block(self) -> None:
        self.breaks = 0
        if not self.text:
            return
        text, link = "".join(self.text), self.link
        self.text.clear()
        self.link = 0
        kind = self.kind
        if text[0] in (ROW, HEADER_ROW):
            kind = "row" if text[0] == ROW else "head"
        if self.kind in ("ul", "ol"):
            self.kind = "p"  # what follows in the item
        if text := _collapse(_unescape(text).translate(_STRAY)):
            self.blocks.append(Block(kind, text, link, len(self.lists), self.regions))
