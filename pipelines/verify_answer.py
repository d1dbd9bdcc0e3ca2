"""Decide whether an answer can be verified: the only use of `training/` in `pipelines/`.

Importing the verifier needs neither torch nor transformers; algebra needs math-verify.
"""

import importlib.util
import re
from collections.abc import Iterator
from itertools import islice

from schemas.errors import InputError
from training.verifier.read import read_answer
from training.verifier.values import Choice, Formula, Items, Matrix, Named, Number, Value, Words
from training.verifier.verify import judge_answer
from transforms.problems.formulas import formulas, masked

_MOST_ECHOES = 6  # formulas of a question that are compared with the answer
_COMMAND = re.compile(r"\\[A-Za-z]+")
_LETTER = re.compile(r"[A-Za-z]")
_OPERATION = re.compile(r"[^\s\d.,-]|[\d)]\s?-")
_ARITHMETIC = re.compile(r"[(\d][\d\s.+*/()\u00d7\u00f7\u2212-]{0,80}[\d)]")


def check_requirements() -> None:
    """Raise InputError if the package that compares formulas is not installed."""
    if importlib.util.find_spec("math_verify") is None:
        raise InputError(
            "mathmine problems needs the package math-verify: pip install -c constraints.txt "
            "'math-verify[antlr4-13-2]'"
        )


def unverifiable(question: str, answer: str) -> str:
    r"""Return the reason for which an answer cannot be verified; "" if it can.

    It must be a value that the verifier reads, and equal itself in another spelling. If a formula
    of the question is equal to it, then repeating that formula would be rewarded.

    >>> unverifiable("Find $x$ if $2x = 6$.", "3"), unverifiable("Find $2 + 2$.", "4")
    ('', 'echoed')
    """
    readings = read_answer(answer)
    if readings and isinstance(readings[0], Choice):
        return ""
    leaves = [leaf for value in readings[:1] for leaf in _leaves(value)]
    if any(isinstance(leaf, Words) for leaf in leaves):
        return "in_words"
    if not leaves or not all(map(_is_comparable, leaves)) or any(map(_repeats, readings)):
        return "unverifiable"
    return "echoed" if _is_echoed(question, answer) else ""


def _leaves(value: Value) -> Iterator[Value]:
    """Yield the values that others consist of."""
    if isinstance(value, Named):
        yield from _leaves(value.value)
    elif isinstance(value, Items):
        for item in value.values:
            yield from _leaves(item)
    elif isinstance(value, Matrix):
        for row in value.rows:
            for cell in row:
                yield from _leaves(cell)
    else:
        yield value


def _is_comparable(leaf: Value) -> bool:
    """Return whether a formula equals itself plus 0, and not plus 1; other values do."""
    if not isinstance(leaf, Formula):
        return True
    same = judge_answer(rf"\boxed{{0+{leaf.latex}}}", leaf.latex)
    return same.equal and not judge_answer(rf"\boxed{{1+{leaf.latex}}}", leaf.latex).equal


def _repeats(value: Value) -> bool:
    """Return whether a list has a value twice: an expression and its value, say."""
    return (
        isinstance(value, Items)
        and value.kind in ("list", "set")
        and any(isinstance(item, Number | Formula) for item in value.values)
        and len(set(value.values)) < len(value.values)
    )


def _is_echoed(question: str, answer: str) -> bool:
    """Return whether an expression of the question, with the letters of the answer, equals it."""
    letters = _letters(answer)
    sides = (side.strip() for latex in formulas(question) for side in _sides(latex))
    written = (match[0] for match in _ARITHMETIC.finditer(masked(question, " ")))
    echoes = (
        side
        for side in dict.fromkeys((*sides, *written))
        if side != answer and _OPERATION.search(side) and _letters(side) == letters
    )
    return any(
        judge_answer(rf"\boxed{{{echo}}}", answer).equal for echo in islice(echoes, _MOST_ECHOES)
    )


def _sides(latex: str) -> list[str]:
    return latex.split("=") if latex.count("=") == 1 else [latex]


def _letters(latex: str) -> set[str]:
    return set(_LETTER.findall(_COMMAND.sub(" ", latex)))
