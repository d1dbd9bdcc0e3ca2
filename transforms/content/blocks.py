"""The blocks of a page's text, read from what resiliparse calls minimal HTML.

That output has a line for each block, the tags of headings, paragraphs, lists, links and
preformatted text, and nothing else; `<`, `>`, `&` and `"` of the page are escaped in it. Beside the
tags it holds marks of ours, private-use characters that were put into the tree as text:
regions (an article, say) that open and close, and the rows and cells of tables.
"""

import re
from dataclasses import dataclass, field

REGION_OPENS, REGION_CLOSES, REGION_ENDS = "\ue002", "\ue004", "\ue003"
ROW, HEADER_ROW, CELL, ROW_ENDS = "\ue005", "\ue006", "\ue007", "\ue008"

LINE = 60  # weight from which a line without links is taken for text: menus have shorter ones

_SOLID_KINDS = frozenset(("row", "head", "pre"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_KINDS = {kind: kind for kind in (*_HEADINGS, "row", "head")} | {f"/{h}": "p" for h in _HEADINGS}
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
_NOT_OF_WIDE = bytes(range(0xE3)) + bytes(range(0xF0, 0x100))  # U+3000 ... begin with E3 or more
_FORMULA = re.compile(r"\\(?:[(\[]|begin\{)")
# Two patterns, since the search for one that starts with a literal is ten times as fast.
_REGION_OPENS = re.compile(f"{REGION_OPENS}([0-9]{{1,5}}){REGION_ENDS}")
_REGION_CLOSES = re.compile(f"{REGION_CLOSES}([0-9]{{1,5}}){REGION_ENDS}")
_ROW = re.compile(f"([{ROW}{HEADER_ROW}])([^{ROW}{HEADER_ROW}{ROW_ENDS}]{{0,8000}}){ROW_ENDS}")
_TAG = re.compile(r'</?[a-z][a-z0-9]*(?: href="[^"]*")?>')
_ANY_TAG = re.compile("<([^<>]*)>")
_LINK_TAG = re.compile(r'<(/?)a(?: href="[^"]*")?>')
# Items and paragraphs that are nothing but links to other pages: menus, mostly.
_LINK_LINE = re.compile(r'<(li|p)>\s*+(?:<a href="[^"#][^"]*+">[^<\ue000$\\]*+</a>[\s|]*+)++</\1>')
_HERE = ('a href=""', 'a href="#')  # names, and links within the page, are no links
_NOTHING = ("\n", "\n\n", "")  # what stands behind most tags
_MARKS = REGION_OPENS + REGION_CLOSES + REGION_ENDS + ROW + HEADER_ROW + CELL + ROW_ENDS
_STRAY = str.maketrans("", "", _MARKS)


@dataclass(slots=True)
class Block:
    """A line, paragraph, heading, list item, table row or piece of code.

    Nobody changes one; it is not frozen since pages have hundreds, and that takes thrice the time.
    """

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
    weight: int = field(init=False)
    """Length in Latin letters: an ideograph, kana or syllable of Hangul counts for two."""
    prose: int = field(init=False)
    """Weight of the running text: 0 for headings, links and the short lines of which menus are."""

    def __post_init__(self) -> None:
        text = self.text
        self.weight = len(text) if text.isascii() else len(text) + _wide_letters(text)
        free = self.weight - self.link
        if self.kind in _HEADINGS or self.link * 2 > len(text):
            self.prose = 0
        elif free >= LINE or self.kind in _SOLID_KINDS:
            self.prose = free
        else:
            self.prose = LINE if "\ue000" in text else 0

    @property
    def is_heading(self) -> bool:
        """Whether it is `h1` ... `h6`."""
        return self.kind in _HEADINGS

    @property
    def is_solid(self) -> bool:
        """Whether it is content whatever its shape: a row, code, or a line with a formula."""
        text = self.text
        if "$" in text or "\ue000" in text or self.kind in _SOLID_KINDS:
            return True
        return "\\" in text and _FORMULA.search(text) is not None


def _wide_letters(text: str) -> int:
    """Count ideographs, kana and syllables of Hangul; as bytes, most texts show to have none."""
    if not text.encode("utf-8", "replace").translate(None, _NOT_OF_WIDE):
        return 0
    return len(_WIDE.findall(text))


def read_blocks(minimal_html: str) -> list[Block]:
    r"""Return the blocks of the text in order.

    >>> [(b.kind, b.text) for b in read_blocks('<h1>A</h1>\n\n<p>b <a href="">c</a></p>')]
    [('h1', 'A'), ('p', 'b c')]
    """
    text, codes = _without_code(_marks_to_tags(minimal_html))
    # Lines end by themselves: half of the tags need not be looked at.
    text = _LINK_LINE.sub("", text).replace("</p>", "").replace("</li>", "")
    if text.count("<a ") != text.count("</a>"):
        text = _without_empty_links(text)
    return _Reader(codes).read(text)


def read_lines(minimal_html: str) -> list[Block]:
    """Return the text as one block, its lines as they are: for floods, at a tenth of the cost."""
    text = _unescape(_TAG.sub("", _marks_to_tags(minimal_html))).strip()
    return [Block("p", text)] if text else []


def _marks_to_tags(text: str) -> str:
    """Return the text with tags of our own, `<r1>` for a region, `<row>` for a line of a table."""
    if REGION_ENDS in text:
        text = _REGION_CLOSES.sub(r"</r\1>", _REGION_OPENS.sub(r"<r\1>", text))
    if ROW_ENDS in text:
        text = _ROW.sub(_row_line, text)
    if any(mark in text for mark in _MARKS):
        text = text.translate(_STRAY)  # marks without their like, and the page's own characters
    return text


def _row_line(row: re.Match[str]) -> str:
    """Return a row as one line, its cells between bars."""
    mark, content = row.groups()
    cells = [" ".join(_TAG.sub(" ", cell).split()) for cell in content.split(CELL)]
    tag = "head" if mark == HEADER_ROW else "row"
    return f"\n<{tag}>| {' | '.join(cells)} |\n" if any(cells) else "\n"


def _without_code(text: str) -> tuple[str, list[str]]:
    """Return the text with its `<pre>` elements replaced by `<code>` tags, and what they held."""
    parts: list[str] = []
    codes: list[str] = []
    at = 0
    while (end := text.find("</pre>", at)) >= 0:
        start = text.rfind("<pre>", at, end)  # an empty element opens without closing
        if start >= 0:
            parts += (text[at:start], "\n<code>\n")
            codes.append(_unescape(_TAG.sub("", text[start + 5 : end])).strip("\n").rstrip())
        at = end + 6
    return "".join([*parts, text[at:]]) if parts else text, codes


def _without_empty_links(text: str) -> str:
    """Return the text without those `<a>` that no `</a>` follows: they had no content."""
    tags = list(_LINK_TAG.finditer(text))
    empty = [
        tag
        for tag, following in zip(tags, [*tags[1:], None], strict=False)
        if not tag[1] and (following is None or not following[1])
    ]
    at, parts = 0, []
    for tag in empty:
        parts.append(text[at : tag.start()])
        at = tag.end()
    return "".join([*parts, text[at:]])


def _unescape(text: str) -> str:
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    return text.replace("&amp;", "&")


class _Reader:
    """Collects blocks while lines and tags go by."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = iter(codes)
        self.blocks: list[Block] = []
        self.kind = "p"
        self.lists: list[str] = []
        self.regions: tuple[int, ...] = ()
        self.text: list[str] = []
        self.link = 0

    def read(self, minimal_html: str) -> list[Block]:
        """Take in the whole text; the loop is hot, so it looks before it calls."""
        text = self.text
        in_link = False
        before, *pieces = _ANY_TAG.split(minimal_html)
        self.lines(before, in_link)
        for tag, after in zip(pieces[::2], pieces[1::2], strict=True):
            if tag[:2] == "a ":
                in_link = not tag.startswith(_HERE)
            elif tag == "/a":
                in_link = False
            elif tag == "br":
                text.append("\n")
            else:
                if text:
                    self.end_block()
                self.open(tag)
            if not text and after in _NOTHING:
                continue
            line, ended, more = after.partition("\n")
            if line:
                text.append(line)
                self.link += len(line) if in_link else 0
            if ended:
                if text:
                    self.end_line()
                if more and more != "\n":
                    self.lines(more, in_link)
        self.end_block()
        return self.blocks

    def lines(self, piece: str, in_link: bool) -> None:
        """Take in what stands after the first line break behind a tag; the last line goes on."""
        *lines, last = piece.split("\n")
        for line in lines:
            if line and (self.text or not line.isspace()):
                self.text.append(line)
                self.link += len(line.strip()) if in_link else 0
                self.end_line()
        if last and (self.text or not last.isspace()):
            self.text.append(last)
            self.link += len(last.strip()) if in_link else 0

    def end_line(self) -> None:
        """End the block, unless a line break ends the line, or the block is a heading."""
        if self.kind in _HEADINGS:
            self.text.append(" ")
        elif self.text[-1] != "\n" or self.text[-2:] == ["\n", "\n"]:
            self.end_block()

    def open(self, tag: str) -> None:
        """Start what follows a tag."""
        if tag in _KINDS:
            self.kind = _KINDS[tag]
        elif tag == "li":
            self.kind = self.lists[-1] if self.lists else "ul"
        elif tag == "p":
            if self.kind not in ("ul", "ol"):  # else the first paragraph of an item
                self.kind = "p"
        elif tag[:1] == "r" and tag[1:].isdecimal():
            self.regions += (int(tag[1:]),)
        else:
            self.kind = "p"
            self.open_other(tag)

    def open_other(self, tag: str) -> None:
        """Start what follows a tag after which lines are paragraphs."""
        if tag in ("ul", "ol"):
            self.lists.append(tag)
        elif tag in ("/ul", "/ol"):
            del self.lists[-1:]
        elif tag == "code":
            self.blocks.append(Block("pre", next(self.codes), 0, len(self.lists), self.regions))
        elif tag[:2] == "/r" and tag[2:].isdecimal():
            self.close_region(int(tag[2:]))

    def close_region(self, number: int) -> None:
        if number in self.regions:
            self.regions = self.regions[: self.regions.index(number)]

    def end_block(self) -> None:
        text = "".join(self.text)
        self.text.clear()
        if "\n" in text:
            lines = (" ".join(line.split()) for line in text.split("\n"))
            text = "\n".join(line for line in lines if line)
        elif "  " in text or "\xa0" in text:
            text = " ".join(text.split())
        else:
            text = text.strip()
        if text:
            text = _unescape(text) if "&" in text else text
            block = Block(self.kind, text, self.link, len(self.lists), self.regions)
            self.blocks.append(block)
            self.kind = "p"  # what follows in an item, say
        self.link = 0
