r"""Convert a formula drawn in characters, as tex4ht writes it into `alt`, to LaTeX.

A drawing is a grid: fractions have a bar of `-`, brackets are stacked pieces, scripts are in the
rows above and below, limits under their operator. tex4ht moves many scripts onto the line of their
base, so that x2 may be x^2 or x_2, and 103 may be 10^3: such a drawing has no certain reading.
"""

import re

from transforms.latex.clean import spell_symbols

_BAR = re.compile(r"-{2,}")
_RUN = re.compile(r"(?:[-+\u2212] ?)?\S+")
_OPENING, _CLOSING = "\u230a\u2308", "\u230b\u2309"  # pieces of square brackets, either way up
_RIGHT_PIECES = frozenset(f" |{_CLOSING}")
_ROWS_OF_BRACKETS = re.compile("[|\u230a\u2308][^|\u2308-\u230b]+[|\u230b\u2309]")
_LIMITS = re.compile(
    r"(?<![^\W\d_])(?:lim|max|min|sup|inf)(?![^\W\d_])|[\u2211\u220f\u222b\u22c3\u22c2]"
)
_FUNCTIONS = (
    "arcsin arccos arctan sinh cosh tanh sin cos tan cot ln log exp lim max min sup inf det"
)
_FUNCTION = re.compile(rf"(?<![^\W\d_])({_FUNCTIONS.replace(' ', '|')})(?![^\W\d_])")
_FIRST_PIECE = 0xF000  # private characters that stand for converted parts
_PIECE = re.compile("[\uf000-\uf8ff]")
_INDEX = re.compile(r"([^\W\d_])(\d+)(?![\d.,]\d)")
_DOTS = (
    ("\u22c5\u22c5\u22c5", r"\cdots "),
    ("\u22c5 \u22c5\u22c5", r"\cdots "),
    ("...", r"\ldots "),
)
_TEN = re.compile(r"(?<![\d.,])10$")
_STAR = "\u2217"
_NUMBERED = re.compile(r"[01]")
_UNCERTAIN = re.compile(  # scripts, fractions or accents that may have been moved onto the line
    r"[\u00d7\u22c5] ?10(?:\d|\u2212)|(?<![\d.,])10[1-9]\d?(?![\d.,])"
    r"|[\w)\]] ?[-+\u2212][\w(]|\w[-+\u2212\u2020]|[^\W\d_]\u221e"
    r"|(?<![\d.,])(?:1|2|10)[^\W\d_]|\d[(\[{]|[)\]}\u27e9\u2225][^\W_]"
    r"|(?![fghpuFGHP])[^\W\d_] ?\(|[^\W\d_]\u2032?\d+[^\W\d_(]"
    r"|(?!d[txyz](?![^\W\d_]))[^\W\d_]\u2032?[^\W\d_]|\u2217? \u2217 [\w(]"
    r"|[-\u221a\u2211\u220f\u222b\u2218\u2044\u23a7-\u23ad\ufffd\u230a\u230b\u2308\u2309"
    r"`$\\^_&#~\u02c6\u02dc\u00af\u201c\u201d]"
)
_BEFORE_SCRIPT = re.compile(r" (?=[_^])")
_ATOM = re.compile(r"[-+\u2212]?(?:\d+(?:[.,]\d+)?|[^\W\d_]\d{0,2}|[\uf000-\uf8ff])")
_SIGN = re.compile(r"(?<!\S)([-+\u2212]) (?=\S)")
_MAX_ROWS, _MAX_COLUMNS, _MAX_DEPTH = 40, 200, 6


class _UncertainError(Exception):
    """A drawing has no certain reading."""


def picture_to_latex(drawing: str) -> str:
    r"""Return the LaTeX of a formula drawn in characters; "" if its reading is not certain.

    >>> picture_to_latex("    a + b\nx = -----\n      7")
    'x = \\frac{a + b}{7}'
    >>> picture_to_latex("y = Aebx")
    ''
    """
    rows = drawing.expandtabs().replace("\u2044=", "\u2260 ").split("\n")
    if len(rows) == 1 and _ROWS_OF_BRACKETS.sub("", drawing).isspace():
        rows = _ROWS_OF_BRACKETS.findall(drawing)
    if len(rows) > _MAX_ROWS or max(map(len, rows)) > _MAX_COLUMNS or _PIECE.search(drawing):
        return ""
    try:
        return _Drawing(rows).latex()
    except _UncertainError:
        return ""


class _Drawing:
    """A part of a drawing: a grid whose constructs are replaced by one character on the line."""

    def __init__(self, rows: list[str], depth: int = 0) -> None:
        if depth > _MAX_DEPTH:
            raise _UncertainError
        while rows and not rows[0].strip():
            rows = rows[1:]
        while rows and not rows[-1].strip():
            rows = rows[:-1]
        width = max(map(len, rows), default=0)
        self.rows = [list(row.ljust(width + 1)) for row in rows]
        self.pieces: list[str] = []
        self.lines: set[int] = set()  # rows in which constructs are centred
        self.depth = depth

    def latex(self) -> str:
        if not self.rows:
            return ""
        if system := self._system():
            return system
        self._matrices()
        self._fractions()
        self._limits()
        line = self._line()
        has_raised = self._scripts(line)
        return self._spelled("".join(self.rows[line]).strip(), has_raised)

    def _system(self) -> str:
        """Return the equations after a left brace, which is drawn with `(`, `|` and `{`; or ""."""
        braces = ["".join(row[:2]).strip() for row in self.rows]
        if len(self.rows) < 3 or not set("".join(braces)) <= set("(|{") or braces[0][-1:] != "(":
            return ""
        if "(" not in "".join(braces[2:]) or "{" not in "".join(braces[1:]):
            return ""
        lines = ["".join(row[2:]).strip() for row in self.rows]
        body = r" \\ ".join(self._spelled(line, True) for line in lines if line)
        return rf"\begin{{cases}}{body}\end{{cases}}"

    def _part(self, top: int, bottom: int, left: int, right: int) -> str:
        """Convert a rectangle, and blank it."""
        rows = ["".join(row[left:right]) for row in self.rows[top:bottom]]
        text = _Drawing(rows, self.depth + 1)
        for row in self.rows[top:bottom]:
            row[left:right] = " " * (min(right, len(row)) - left)
        text.pieces = list(self.pieces)
        tex = text.latex()
        self.pieces[:] = text.pieces
        return tex

    def _put(self, row: int, column: int, tex: str) -> None:
        self.pieces.append(tex)
        self.rows[row][column] = chr(_FIRST_PIECE + len(self.pieces) - 1)
        self.lines.add(row)

    def _block(self, row: int, left: int, right: int, step: int) -> int:
        """Return the end of the rows with text between two columns, from a row on up or down."""
        while 0 <= row < len(self.rows) and "".join(self.rows[row][left:right]).strip():
            if self._beside(row, left, right):
                raise _UncertainError
            row += step
        return row

    def _beside(self, row: int, left: int, right: int) -> bool:
        """Return whether a row goes on beyond two columns without a gap."""
        cells = self.rows[row]
        starts = left > 0 and cells[left] != " " and cells[left - 1] != " "
        return starts or (cells[right - 1] != " " and cells[right : right + 1] not in ([" "], []))

    def _fractions(self) -> None:
        """Replace fractions and overlines, those with the longest bars first."""
        bars = [
            (match.start(), match.end(), row)
            for row, cells in enumerate(self.rows)
            for match in _BAR.finditer("".join(cells))
        ]
        for left, right, row in sorted(bars, key=lambda bar: bar[0] - bar[1]):
            if self.rows[row][left] != "-":
                continue  # in a part that is converted
            top = self._block(row - 1, left, right, -1) + 1
            bottom = self._block(row + 1, left, right, 1)
            is_root = left > 0 and "\u221a" in self.rows[row][max(0, left - 2) : left]
            if bottom == row + 1 or (is_root and top < row):
                raise _UncertainError
            above = self._part(top, row, left, right) if top < row else ""
            below = self._part(row + 1, bottom, left, right)
            self.rows[row][left:right] = " " * (right - left)
            if above:
                self._put(row, left, rf"\frac{{{above}}}{{{below}}}")
            elif is_root and bottom == row + 2:
                self.rows[row][left - 2 : left] = "  "
                self._put(row + 1, left, rf"\sqrt{{{below}}}")
            elif not is_root and bottom == row + 2:
                self._put(row + 1, left, rf"\overline{{{below}}}")
            else:
                raise _UncertainError

    def _matrices(self) -> None:
        """Replace matrices between stacked pieces of brackets, and systems after a brace."""
        while corner := self._corner(_OPENING, 0):
            top, left = corner
            closing = self._corner(_CLOSING, left + 1)
            if closing is None:
                raise _UncertainError
            right = closing[1]
            bottom = self._bracket_end(top, left, _OPENING)
            first = min(top, closing[0])
            lines = self._cells(first, bottom, left, right)
            environment = "bmatrix"
            body = r" \\ ".join(" & ".join(line) for line in lines)
            for row in self.rows[first : bottom + 2]:
                end = right + 1
                while end < min(right + 3, len(row)) and row[end] in _RIGHT_PIECES:
                    end += 1
                row[left:end] = " " * (min(end, len(row)) - left)
            middle = self._middle(first, bottom)
            self._put(middle, left, rf"\begin{{{environment}}}{body}\end{{{environment}}}")

    def _corner(self, pieces: str, start: int) -> tuple[int, int] | None:
        """Return row and column of the first piece of a bracket at or after a column."""
        corners = [
            (column, row)
            for row, cells in enumerate(self.rows)
            for column, character in enumerate(cells)
            if character in pieces and column >= start
        ]
        if not corners:
            return None
        column, row = min(corners)
        near = [other for at, other in corners if at <= column + 1]
        return min([row, *near]), column

    def _bracket_end(self, top: int, left: int, pieces: str) -> int:
        """Return the last row of a bracket that begins at a row."""
        ends = [
            row
            for row in range(top, len(self.rows))
            if any(character in pieces for character in self.rows[row][left : left + 2])
        ]
        if not ends or ends[-1] == top:
            raise _UncertainError
        return ends[-1]

    def _cells(self, top: int, bottom: int, left: int, right: int) -> list[list[str]]:
        """Return the cells of a matrix, converted; those of a last row may be below its bracket."""
        lines = []
        for row in self.rows[top : bottom + 2]:
            inner = "".join(row[left : right + 1]).translate(_WITHOUT_BRACKETS).strip()
            if row is not self.rows[min(bottom + 1, len(self.rows) - 1)] or _is_row(inner):
                lines.append(inner)
        lines = [line for line in lines if line]
        joined = [_SIGN.sub(r"\1", line).split() for line in lines]
        wide = [re.split(r" {2,}", line) for line in lines]
        for cells in (joined, wide):
            are_atoms = all(_ATOM.fullmatch(cell) for line in cells for cell in line)
            if len({len(line) for line in cells}) == 1 and (are_atoms or cells is wide):
                return [[self._spelled(cell, True) for cell in line] for line in cells]
        raise _UncertainError

    def _middle(self, top: int, bottom: int) -> int:
        """Return the row on which a matrix is centred: that of the text beside it."""
        beside = [
            row
            for row in range(top, min(bottom + 2, len(self.rows)))
            if "".join(self.rows[row]).strip()
        ]
        full = [row for row in beside if not set("".join(self.rows[row])) <= set(" .,;")]
        return (full or beside or [(top + bottom) // 2])[0]

    def _limits(self) -> None:
        """Move what is above and below an operator next to it."""
        has_arrow = any("\u2192" in row for row in self.rows)
        for row, cells in enumerate(self.rows):
            for match in _LIMITS.finditer("".join(cells)):
                if match[0] == "\u222b":
                    raise _UncertainError
                scripts = ""
                for sign, at in (("_", row + 1), ("^", row - 1)):
                    if run := self._run_near(at, match.start(), match.end()):
                        scripts += f"{sign}{{{self._part(at, at + 1, *run)}}}"
                if has_arrow and match[0] == "lim" and not scripts:
                    raise _UncertainError
                name = rf"\{match[0]}" if match[0].isalpha() else spell_symbols(match[0])
                cells[match.start() : match.end()] = " " * (match.end() - match.start())
                self._put(row, match.start(), f"{name}{scripts} ")

    def _run_near(self, row: int, left: int, right: int) -> tuple[int, int] | None:
        """Return the columns of the text in a row that is centred on an operator, or None."""
        if not 0 <= row < len(self.rows):
            return None
        for run in re.finditer(r"\S+(?: \S+)*", "".join(self.rows[row])):
            if run.start() < right + 1 and run.end() > left - 1:
                if abs((run.start() + run.end()) - (left + right)) > 5:
                    raise _UncertainError
                return run.start(), run.end()
        return None

    def _line(self) -> int:
        """Return the row of the line: where the constructs are, or the text begins."""
        if len(self.lines) > 1:
            raise _UncertainError
        if self.lines:
            return min(self.lines)
        starts = [
            (len(text) - len(text.lstrip()), row)
            for row, text in enumerate("".join(cells).rstrip() for cells in self.rows)
            if text
        ]
        starts.sort()
        if len(starts) > 1 and starts[0][0] == starts[1][0]:
            raise _UncertainError
        return starts[0][1]

    def _scripts(self, line: int) -> bool:
        """Move scripts from the rows above and below to their bases; return whether any is above.

        A script begins after its base, above a gap in the line, or above the end of its base.
        """
        found: list[tuple[int, str]] = []
        for row, cells in enumerate(self.rows):
            if row == line:
                continue
            text = "".join(cells)
            if text.strip() and abs(row - line) > 1:
                raise _UncertainError
            for run in _RUN.finditer(text):
                base = self._base(line, run.start(), run.end())
                if run[0] == "1" and row < line and self.rows[line][base] != "0":
                    raise _UncertainError
                found.append((base, self._script("^" if row < line else "_", run[0])))
        for column, tex in sorted(found, reverse=True):
            self.pieces.append(tex)
            self.rows[line].insert(column + 1, chr(_FIRST_PIECE + len(self.pieces) - 1))
        return any(tex.startswith("^") for _, tex in found)

    def _script(self, sign: str, text: str) -> str:
        if sign == "^" and set(text) <= {"\u2032"}:
            return "'" * len(text)
        return f"{sign}{{{'*' if text == _STAR else self._spelled(text, True)}}}"

    def _base(self, line: int, column: int, end: int) -> int:
        """Return the column of the base of a script, given the columns of the script."""
        cells = [*self.rows[line], " ", " "]
        if column >= len(cells) - 1:
            raise _UncertainError
        if column and cells[column - 1] != " " and cells[column] == " ":
            base = column - 1
            if end == column + 1 and cells[end] in ")]":
                raise _UncertainError  # a space before a bracket is no gap
        elif cells[column] != " " and cells[column + 1] == " ":
            base = column
        else:
            raise _UncertainError
        if cells[base].isdigit() and not _TEN.search("".join(cells[: base + 1])):
            raise _UncertainError  # 1 above 3 is a fraction whose bar is lost
        if not (cells[base].isalnum() or cells[base] in ")]}|" or _PIECE.match(cells[base])):
            raise _UncertainError
        return base

    def _spelled(self, text: str, has_raised: bool) -> str:
        """Return the LaTeX of text on one line.

        If superscripts of the line are raised, a digit after a letter is a subscript.
        """
        plain = _FUNCTION.sub(" ", text)
        for dots, _ in _DOTS:
            plain = plain.replace(dots, " ")
        for _letter, digits in _INDEX.findall(plain):
            if not has_raised and not _NUMBERED.match(digits):
                raise _UncertainError
        if _UNCERTAIN.search(plain) or not _is_balanced(plain):
            raise _UncertainError
        for dots, command in _DOTS:
            text = text.replace(dots, f" {command}")
        return _BEFORE_SCRIPT.sub("", _PIECE.sub(self._piece, _with_commands(text)))

    def _piece(self, match: re.Match[str]) -> str:
        return _PIECE.sub(self._piece, self.pieces[ord(match[0]) - _FIRST_PIECE])


_WITHOUT_BRACKETS = str.maketrans(dict.fromkeys(f"{_OPENING}{_CLOSING}|", " "))


def _is_row(text: str) -> bool:
    """Return whether text below a bracket is a row of its matrix: atoms only."""
    return bool(text) and all(map(_ATOM.fullmatch, _SIGN.sub(r"\1", text).split()))


def _is_balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if depth < 0:
            return False
    braces = text.count("{") - text.count("}")
    return depth == braces == 0 and text.count("|") % 2 == 0


def _with_commands(text: str) -> str:
    """Return a line with commands for its symbols and functions, and its indices as subscripts."""
    text = text.replace("{", r"\{ ").replace("}", r"\}").replace("%", r"\%")
    text = _FUNCTION.sub(r"\\\1 ", _INDEX.sub(r"\1_{\2}", text))
    text = re.sub(
        "[^\x00-\x7f\uf000-\uf8ff]",
        lambda match: f"{spell_symbols(match[0])} ",
        text.replace(_STAR, "^{*}")
        .replace("\u2032", "'")
        .replace("\u2215", "/")
        .replace("\u2212", "-"),
    )
    return " ".join(text.split())
