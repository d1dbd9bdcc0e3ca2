r"""Join the formulas of the rows of equation tables: each row is one display formula.

LaTeXML, LaTeX2HTML and tex4ht write `align` and `eqnarray` as tables with a formula in each cell,
and mostly `\displaystyle` at its start.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from resiliparse.parse.html import ElementNode

from transforms.html.dom import attribute, text_of
from transforms.latex.formula import Formula

_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:ltx_eqn_\w+|ltx_equation\w*|eqnarray|align(?:at|ed)?|flalign|gather|multline"
    r"|split|equation\w*|math-display)(?:-?star)?(?:$|\s)"
)
_NUMBER = re.compile(r"\(?\s?[\w.*\u2032'-]{0,12}\s?\)?[.,;]?")  # of an equation
_STYLE = re.compile(r"\s*\$?\s*\\displaystyle(?![a-zA-Z])")
_RELATION = re.compile(
    r"(?:\s|\{\}|\$|&|\\displaystyle)*(?:[=<>:\u2248\u2261\u2264\u2265]|\\(?:[lg]eq?(?:slant|qq)?|neq?"
    r"|equiv|approx|sim(?:eq)?|cong|to|(?:long)?(?:left)?rightarrow|(?:Long)?(?:left|Left)?[rR]ightarrow"
    r"|implies|iff|mapsto|in|subset(?:eq)?|supset(?:eq)?|propto|ll|gg|prec|succ|coloneqq)(?![a-zA-Z]))"
)
_RIGHT = re.compile(r"ltx_align_right|align-odd|text-align:\s?right")
_ENDS_WITH_COMMAND = re.compile(r"\\[a-zA-Z]+$")
_MAX_CELLS = 400


def starts_in_display_style(tex: str) -> bool:
    r"""Return whether TeX starts with `\displaystyle`, as cells of equation tables do."""
    return _STYLE.match(tex) is not None


def is_equation_table(table: ElementNode, formulas: Sequence[Formula]) -> bool:
    r"""Return whether a table only aligns equations, by its name or by its cells.

    Cells without a name must all be formulas in `\displaystyle`, or the numbers of equations, and
    some cell must begin with a relation.
    """
    names = (attribute(node, "class") for node in (table, table.query_selector("tr")))
    if any(_NAMED.search(name) for name in names):
        return True
    relations = 0
    for cell in table.query_selector_all("td,th")[:_MAX_CELLS]:
        text = text_of(cell)
        contents = _formulas(text, formulas)
        number = " ".join(_PLACEHOLDER.sub("", text).split())
        if number and (contents or not _NUMBER.fullmatch(number) or number.isalpha()):
            return False
        related = [_RELATION.match(formula.tex) is not None for formula in contents]
        if not all(
            is_relation or formula.display or starts_in_display_style(formula.tex)
            for is_relation, formula in zip(related, contents, strict=True)
        ):
            return False
        relations += sum(related)
    return relations > 0


def join_row(row: ElementNode, formulas: list[Formula]) -> str | None:
    """Return the text of a row with one placeholder for all its formulas; None if it has words.

    The joined formula takes the number of the first one.
    """
    cells = row.query_selector_all("td,th")[:_MAX_CELLS]
    texts = [" ".join(text_of(cell).split()) for cell in cells]
    text = " ".join(filter(None, texts))
    numbers = [int(match[1]) for match in _PLACEHOLDER.finditer(text)]
    if not _NUMBER.fullmatch(" ".join(_PLACEHOLDER.sub(" ", text).split())):
        return None
    if not numbers or max(numbers) >= len(formulas):
        return text
    first = formulas[numbers[0]]
    tex = first.tex if len(numbers) == 1 else _row_tex(cells, formulas)
    formulas[numbers[0]] = replace(first, tex=tex, display=True)
    before, _, after = text.partition(f"\ue000{numbers[0]}\ue001")
    after = _PLACEHOLDER.sub("", after)
    return " ".join(f"{before} \ue000{numbers[0]}\ue001 {after}".split())


def _row_tex(cells: Sequence[ElementNode], formulas: Sequence[Formula]) -> str:
    tex = ""
    for cell in cells:
        for formula in _formulas(text_of(cell), formulas):
            tex = _joined(tex, formula.tex, _is_new_equation(cell, tex))
    return tex


def _formulas(text: str, formulas: Sequence[Formula]) -> list[Formula]:
    numbers = (int(match[1]) for match in _PLACEHOLDER.finditer(text))
    return [formulas[number] for number in numbers if number < len(formulas)]


def _is_new_equation(cell: ElementNode, tex: str) -> bool:
    """Return whether a cell starts another equation: it is right-aligned after a relation."""
    sides = attribute(cell, "class") + attribute(cell, "style")
    right = _RIGHT.search(sides) or attribute(cell, "align").lower() == "right"
    return bool(right) and any(_RELATION.match(tex, match.start()) for match in _signs(tex))


def _signs(tex: str) -> Iterator[re.Match[str]]:
    return re.finditer(r"[=<>\\]", tex)


def _joined(tex: str, more: str, is_new_equation: bool) -> str:
    more = _bare(more)
    if not tex or not more:
        return tex + more
    if is_new_equation:
        return rf"{tex} \qquad {more}"
    needs_space = _ENDS_WITH_COMMAND.search(tex) and more[0].isalpha()
    return f"{tex} {more}" if needs_space else tex + more


def _bare(tex: str) -> str:
    r"""Return TeX without its dollar signs and the `\displaystyle` of a cell."""
    tex = tex.strip()
    if len(tex) > 2 and tex[0] == tex[-1] == "$" and "$" not in tex[1:-1]:
        tex = tex[1:-1].strip()
    return re.sub(r"^\\displaystyle(?![a-zA-Z])\s*", "", tex)
