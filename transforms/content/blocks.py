"""Read the blocks of a page's text from resiliparse's minimal HTML.

Minimal HTML has a line for each block and only the tags of headings, paragraphs, lists, links and
preformatted text; `<`, `>`, `&` and `"` of the page are escaped. It also contains our markers,
private-use characters that were inserted into the tree as text: the start and end of regions (such
as an article), and the rows and cells of tables.
"""

import re
from dataclasses import dataclass, field

# Between two REGION_CLOSES is the number of a list item, or TERM before one of a definition list.
REGION_OPENS, REGION_CLOSES, REGION_ENDS = "\ue002", "\ue004", "\ue003"
ROW, HEADER_ROW, CELL, ROW_ENDS = "\ue005", "\ue006", "\ue007", "\ue008"

TERM = "t"

TEXT_LINE_WEIGHT = 60  # from which a line without links counts as text; menus have shorter lines

_SOLID_KINDS = frozenset(("row", "head", "pre"))
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_KINDS = {kind: kind for kind in (*_HEADINGS, "row", "head")} | {f"/{h}": "p" for h in _HEADINGS}
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff]")
_NOT_WIDE_LEAD = bytes(range(0xE3)) + bytes(range(0xF0, 0x100))  # U+3000 ... begin with E3 or more
# Between dollar signs: an operator, a script, braces, a function, or a variable.
_DOLLARS = re.compile(r"\$(?:[^$\n]{0,200}(?:[\\^_=<>{}+]|[a-z]\()[^$\n]{0,200}|\w{1,3})\$")
_FORMULA = re.compile(r"\\(?:[(\[]|begin\{)")
# Two patterns, since searching for a pattern with a literal prefix is ten times as fast.
_REGION_OPENS = re.compile(f"{REGION_OPENS}([0-9]{{1,5}}){REGION_ENDS}")
_REGION_CLOSES = re.compile(f"{REGION_CLOSES}([0-9]{{1,5}}){REGION_ENDS}")
_NUMBER = re.compile(f"{REGION_CLOSES}(-?[0-9]{{1,5}}[aAiI]?r?|{TERM}){REGION_CLOSES}")
_NUMBER_TAG = re.compile("n(-?[0-9]+)([aAiI]?)(r?)")
_ROW = re.compile(f"([{ROW}{HEADER_ROW}])([^{ROW}{HEADER_ROW}{ROW_ENDS}]{{0,8000}}){ROW_ENDS}")
_TAG = re.compile(r'</?[a-z][a-z0-9]*(?: href="[^"]*")?>')
_ANY_TAG = re.compile("<([^<>]*)>")
_LINK_TAG = re.compile(r'<(/?)a(?: href="[^"]*")?>')
_LOCAL = ('a href=""', 'a href="#')  # anchors and links within the page do not count,
_TOP = ('a href="#"', 'a href="#top"')  # except to its top: these are buttons
# Signs and labels that link to their own section, as "\u00b6" behind a heading.
_PERMALINK = re.compile(
    r'<a href="[^"]*#[^"]*">(?:[\s#\u00a7\u00b6\u2191\u21a9\u21d7\u21e7\u2693\u221e\u2b06'
    r"\ufe0e\ufe0f\U0001f517\U0001f587]{1,3}"
    r"|\s*(?:(?:[Ll]ink|[Pp]ermalink) to this \w{1,12}|Permalink)\s*)</a>"
)
_OUTWARD_LINK = re.compile('<a href="[^"#][^"]*">[^<]*</a>')  # with nothing but text
_NOTHING = ("\n", "\n\n", "")  # the text after most tags
_MARKERS = REGION_OPENS + REGION_CLOSES + REGION_ENDS + ROW + HEADER_ROW + CELL + ROW_ENDS
_STRAY = str.maketrans("", "", _MARKERS)


@dataclass(slots=True)
class Block:
    """A line, paragraph, heading, list item, table row or piece of code.

    Not mutated once read, but not frozen: that takes three times as long, and pages have hundreds.
    """

    kind: str
    """`p` (paragraph or line), `h1` ... `h6`, `ul` or `ol` (an item), `dt`, `row`, `head` or `pre`.

    `dt` is a term of a definition list that is a link, `head` the header row of a table.
    """
    text: str
    """White space is collapsed except newlines, which were line breaks; unchanged in `pre`."""
    link: int = 0
    """Characters of `text` that are in links."""
    depth: int = 0
    """Number of enclosing lists."""
    regions: tuple[int, ...] = ()
    """The enclosing regions, outermost first."""
    number: int | None = None
    """The number of an item of an ordered list; None is that after the last."""
    numbering: str = ""
    """How the items are numbered: `a`, `A`, `i` or `I` as in HTML, then `r` if in reverse."""
    weight: int = field(init=False)
    """Length in Latin letters: an ideograph, kana or Hangul syllable counts as two."""
    prose: int = field(init=False)
    """Weight of the running text: 0 for headings, links and short lines, as in menus."""

    def __post_init__(self) -> None:
        text = self.text
        self.weight = len(text) if text.isascii() else len(text) + _wide_letters(text)
        unlinked = self.weight - self.link
        if self.kind in _HEADINGS or self.link * 2 > len(text):
            self.prose = 0
        elif unlinked >= TEXT_LINE_WEIGHT or self.kind in _SOLID_KINDS:
            self.prose = unlinked
        else:
            self.prose = TEXT_LINE_WEIGHT if "\ue000" in text else 0

    @property
    def is_heading(self) -> bool:
        """Return whether the block is `h1` ... `h6`."""
        return self.kind in _HEADINGS

    @property
    def is_solid(self) -> bool:
        """Return whether the block is content whatever its shape: a row, code, or has a formula."""
        return "$" in self.text or self.kind in _SOLID_KINDS or self.has_formula

    @property
    def has_formula(self) -> bool:
        """Return whether the block has a placeholder, or delimiters that are not signs of money."""
        text = self.text
        if "\ue000" in text or (text.count("$") > 1 and _DOLLARS.search(text) is not None):
            return True
        return "\\" in text and _FORMULA.search(text) is not None


def _wide_letters(text: str) -> int:
    """Return the number of ideographs, kana and Hangul syllables; a byte check skips most texts."""
    if not text.encode("utf-8", "replace").translate(None, _NOT_WIDE_LEAD):
        return 0
    return len(_WIDE.findall(text))


def read_blocks(minimal_html: str) -> list[Block]:
    r"""Return the blocks of minimal HTML in order.

    >>> [(b.kind, b.text) for b in read_blocks('<h1>A</h1>\n\n<p>b <a href="">c</a></p>')]
    [('h1', 'A'), ('p', 'b c')]
    """
    text, codes = _without_code(_markers_to_tags(minimal_html))
    # Newlines end these blocks: half of the tags can be skipped.
    if "#" in text:
        text = _PERMALINK.sub("", text)
    text = text.replace("</p>", "").replace("</li>", "")
    if text.count("<a ") != text.count("</a>"):
        text = _without_empty_links(text)
    return _Reader(codes).read(text)


def most_prose(minimal_html: str) -> int:
    r"""Return an upper bound of the prose of the blocks of a text without formulas.

    >>> most_prose('<ul><li><a href="/b">Only a link</a></li></ul>\n<p>short line</p>')
    0
    """
    text = _OUTWARD_LINK.sub("", minimal_html).replace("<br>\n", " ")
    lines = [_ANY_TAG.sub("", line) if "<" in line else line for line in text.split("\n")]
    weights = [len(line) if line.isascii() else 2 * len(line) for line in lines]
    if ROW_ENDS in text or "<pre>" in text:  # their lines are prose whatever their length
        return sum(weights)
    return sum(weight for weight in weights if weight >= TEXT_LINE_WEIGHT)


def read_lines(minimal_html: str) -> list[Block]:
    """Return the text as one block with unchanged lines: for huge pages, at a tenth of the cost."""
    text = _unescape(_TAG.sub("", _markers_to_tags(minimal_html))).strip()
    return [Block("p", text)] if text else []


def _markers_to_tags(text: str) -> str:
    """Replace our markers by tags: `<r1>` a region, `<n1a>` a number, `<nt>` a term, `<row>`."""
    if text.isascii():
        return text
    if REGION_CLOSES in text:
        text = _NUMBER.sub(r"<n\1>", text)
    if REGION_ENDS in text:
        text = _REGION_CLOSES.sub(r"</r\1>", _REGION_OPENS.sub(r"<r\1>", text))
    if ROW_ENDS in text:
        text = _ROW.sub(_row_line, text)
    if any(marker in text for marker in _MARKERS):
        text = text.translate(_STRAY)  # unpaired markers, and the page's own such characters
    return text


def _row_line(row: re.Match[str]) -> str:
    """Return a row as one line, with bars between its cells."""
    marker, content = row.groups()
    cells = [" ".join(_TAG.sub(" ", cell).split()) for cell in content.split(CELL)]
    tag = "head" if marker == HEADER_ROW else "row"
    return f"\n<{tag}>| {' | '.join(cells)} |\n" if any(cells) else "\n"


def _without_code(text: str) -> tuple[str, list[str]]:
    """Replace `<pre>` elements by `<code>` tags; return the text and their contents."""
    parts: list[str] = []
    codes: list[str] = []
    position = 0
    while (end := text.find("</pre>", position)) >= 0:
        start = text.rfind("<pre>", position, end)  # an empty element has no end tag
        if start >= 0:
            parts += (text[position:start], "\n<code>\n")
            codes.append(
                _unescape(
                    _TAG.sub("", text[start + 5 : end].replace("<br>", "\n").replace("\xa0", " "))
                )
                .strip("\n")
                .rstrip()
            )
        position = end + 6
    return "".join([*parts, text[position:]]) if parts else text, codes


def _without_empty_links(text: str) -> str:
    """Remove each `<a>` without an `</a>`: such links have no content."""
    tags = list(_LINK_TAG.finditer(text))
    empty = [
        tag
        for tag, following in zip(tags, [*tags[1:], None], strict=False)
        if not tag[1] and (following is None or not following[1])
    ]
    position, parts = 0, []
    for tag in empty:
        parts.append(text[position : tag.start()])
        position = tag.end()
    return "".join([*parts, text[position:]])


def _unescape(text: str) -> str:
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    return text.replace("&amp;", "&")


class _Reader:
    """Collects blocks from a stream of lines and tags."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = iter(codes)
        self.blocks: list[Block] = []
        self.kind = "p"
        self.lists: list[str] = []
        self.numbers: list[int] = []  # of the item in each list
        self.numberings: list[str] = []  # of each list
        self.regions: tuple[int, ...] = ()
        self.text: list[str] = []
        self.link = 0

    def read(self, minimal_html: str) -> list[Block]:
        """Read the whole text; the loop is hot, so it avoids calls."""
        text = self.text
        in_link = False
        before, *pieces = _ANY_TAG.split(minimal_html)
        self.lines(before, in_link)
        for tag, after in zip(pieces[::2], pieces[1::2], strict=True):
            if tag[:2] == "a ":
                in_link = not tag.startswith(_LOCAL) or tag in _TOP
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
        """Read the text after the first line break that follows a tag; the last line stays open."""
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
        """End the block, unless a `<br>` ends the line or the block is a heading."""
        if self.kind in _HEADINGS:
            self.text.append(" ")
        elif self.text[-1] != "\n" or self.text[-2:] == ["\n", "\n"]:
            self.end_block()

    def open(self, tag: str) -> None:
        """Set the kind of the block that follows a tag."""
        if tag in _KINDS:
            self.kind = _KINDS[tag]
        elif tag == "li":
            self.kind = self.lists[-1] if self.lists else "ul"
            if self.kind == "ol":
                self.numbers[-1] += -1 if self.numberings[-1][-1:] == "r" else 1
        elif tag == "p":
            if self.kind not in ("ul", "ol"):  # otherwise it is the first paragraph of an item
                self.kind = "p"
        elif tag[:1] == "r" and tag[1:].isdecimal():
            self.regions += (int(tag[1:]),)
        elif tag == "n" + TERM:
            self.kind = "dt"
        elif number := _NUMBER_TAG.fullmatch(tag):
            if self.numbers:
                self.numbers[-1] = int(number[1])
                self.numberings[-1] = number[2] + number[3] or self.numberings[-1]
        else:
            self.kind = "p"
            self.open_other(tag)

    def open_other(self, tag: str) -> None:
        """Handle a tag after which lines are paragraphs."""
        if tag in ("ul", "ol"):
            self.lists.append(tag)
            self.numbers.append(0)
            self.numberings.append("")
        elif tag in ("/ul", "/ol"):
            del self.lists[-1:], self.numbers[-1:], self.numberings[-1:]
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
            if self.kind == "ol" and self.numbers:
                block.number, block.numbering = self.numbers[-1], self.numberings[-1]
            self.blocks.append(block)
            self.kind = "p"  # for example further lines of an item
        self.link = 0
