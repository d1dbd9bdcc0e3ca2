r"""Read the value that an equation or a derivation in LaTeX ends with."""

import re

_OUTER = re.compile(
    r"\\begin\{(?P<name>(?:align|aligned|alignat|gather|gathered|split|eqnarray|equation|array|multline)\*?)\}"
    r"(?:\s?\{[^{}]{0,30}\})?(?P<rows>.*)\\end\{(?P=name)\}",
    re.DOTALL,
)
_TOKEN = re.compile(
    r"\\begin\{[^{}]{1,20}\}|\\end\{[^{}]{1,20}\}|\\left[^A-Za-z]|\\right[^A-Za-z]|\\\\|\\[A-Za-z]+|\\."
    r"|[{}()\[\]=&,]"
)
_OPENING, _CLOSING = (
    ("{", "(", "[", "\\begin", "\\left", r"\{"),
    ("}", ")", "]", "\\end", "\\right", r"\}"),
)
_TAIL = re.compile(
    r"(?:\\text\{\s?[.,;?!]?\s?\}|\\[,;!:]|\\(?:quad|qquad|square|qed|blacksquare|diamondsuit)"
    r"(?![a-z])|\\ |~|[\s.,;\u3002\uff0c\uff1b])+$"
)
_HEAD = re.compile(r"(?:[\s&]|\\text\{\s*\}|\\[,;!: ])+")
_RELATION = re.compile(
    r"\\(?:leq?|geq?|neq?|equiv|sim|to|Rightarrow|rightarrow|implies|iff|propto|subset\w*|mapsto|in|mid|pmod|bmod)(?![A-Za-z])"
    r"|[<>\u2264\u2265\u2260\u2261\u2192\u2208]"
)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_NAME = re.compile(
    r"\\?[A-Za-z]+(?:_\{?\w{1,4}\}?)?'?(?:\([^()]{1,12}\))?|[^=]{0,60}[A-Za-z(]\s?\)"
)


def last_value(latex: str) -> str:
    r"""Return the value that a formula ends with; "" if it is not one value.

    That is the right side of the last equation, the last cell of a table of steps, or, without any
    equation, all of a formula.

    >>> last_value(r"x + 1 = 2 + 3 = 5"), last_value(r"\begin{align} a &= 1 \\ &= 2. \end{align}")
    ('5', '2')
    """
    while outer := _OUTER.fullmatch(latex.strip()):
        latex = outer["rows"]
    rows = [row for row in split_outside(latex, "\\\\") if row.strip(" &{}\n")]
    if not rows:
        return ""
    row = _TAIL.sub("", rows[-1]).strip()
    items = split_list(row)
    sides = split_outside(row, "=")
    if len(items) > 1 and len(sides) > 2:
        return row if len(rows) == 1 and len(sides) == len(items) + 1 else ""
    if len(sides) == 1:
        return _last_cell(row) if len(rows) > 1 else _value(row)
    cells = [cell for cell in split_outside(row, "&") if len(split_outside(cell, "=")) > 1]
    if len(cells) > 1 or (len(rows) == 1 and len(sides) == 2 and not _is_named(sides[0])):
        return ""
    return _value(sides[-1])


def _is_named(left: str) -> bool:
    """Return whether a left side only names or computes a value, unlike that of `2x + 3y = 6`."""
    left = left.replace("&", " ").strip()
    return (
        not left
        or bool(_NAME.fullmatch(left))
        or not re.search(r"(?<![\\A-Za-z])[xyz](?![A-Za-z])", left)
    )


def _value(latex: str) -> str:
    latex = _TAIL.sub("", _HEAD.sub("", latex, count=1) if _HEAD.match(latex) else latex).strip(
        " &\n"
    )
    return "" if _RELATION.search(latex) and r"\{" not in latex else latex


def _last_cell(row: str) -> str:
    """Return the last cell of a row of steps without equality signs."""
    cells = [cell.strip() for cell in split_outside(row, "&") if cell.strip(" {}")]
    cell = cells[-1] if cells else ""
    if cell.startswith("{") and cell.endswith("}"):
        cell = cell[1:-1]
    return "" if "=" in cell else _value(cell)


def split_list(latex: str) -> list[str]:
    """Split a formula at the commas outside of brackets that do not group thousands."""
    return split_outside(_THOUSANDS.sub("", latex), ",")


def split_outside(latex: str, separator: str) -> list[str]:
    """Split a formula at a separator outside of brackets, braces and environments."""
    pieces, depth, start = [], 0, 0
    for match in _TOKEN.finditer(latex):
        token = match[0]
        if token == separator and depth <= 0:
            pieces.append(latex[start : match.start()])
            start = match.end()
        depth += token.startswith(_OPENING) - token.startswith(_CLOSING)
    return [*pieces, latex[start:]]
