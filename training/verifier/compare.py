"""Compare the values of an answer and of the gold.

Rational numbers are compared exactly, formulas by a function that the caller passes in.

Conventions, where a benchmark could mean either:

- Either side may leave out the unit; two known units must be the same, and none is converted.
  Words that are not a known unit (apples, students) do not count: the question has named them.
- Quotes after a number (5', 5") are a unit, any unit; between digits, only an apostrophe that
  separates thousands is part of a number: `1'000` is 1000, `1'37` and `6'2"` are not numbers.
- `50%` equals `50` and `0.5`, since golds are written in all three ways; but where the gold is a
  plain number below one, `0.5`, an answer of `0.5%` is wrong.
- A decimal equals a fraction, or a root, only if it is exact or has the 15 to 17 digits that a
  program prints. `.33333333` is not a third, 3.14159 is not pi.
- A base is part of the answer: `1010_2` is neither `1010` nor `10`.
- A ratio equals the same ratio, not a multiple of it, and not the fraction.
- `1,2` equals `(1,2)` in that order, and `{1,2}` in any order.
- `x=5` equals `5`, whatever the name; in lists with names, values are compared by name, or in
  their order if the other side has no names.
- Letters of a multiple choice may be in brackets, followed by their text, or joined: `AC` for
  `A,C`.
- `am` and `pm` are units: they may be left out, not changed.
- Words are compared without case and punctuation. Number words are words: `two` is not `2`. The
  words of a date may have any order.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from training.verifier.values import (
    Choice,
    Formula,
    Items,
    Matrix,
    Named,
    Number,
    Piece,
    Region,
    Value,
)

Algebra = Callable[[str, str], bool]

_MOST_UNMATCHED = 8  # unordered items that are left for algebra to match
_PRINTED = range(15, 18)  # significant digits of a double, as programs print it


def equal_values(gold: Value, answer: Value, algebra: Algebra) -> bool:
    """Return whether two values are equal; `algebra` compares two formulas in LaTeX.

    >>> half, also_half = Number(Fraction(1, 2), "0.5"), Number(Fraction(1, 2), "1/2")
    >>> equal_values(half, also_half, lambda gold, answer: False)
    True
    """
    if gold == answer:
        return True
    if isinstance(gold, Named) or isinstance(answer, Named):
        gold_value = gold.value if isinstance(gold, Named) else gold
        answer_value = answer.value if isinstance(answer, Named) else answer
        return equal_values(gold_value, answer_value, algebra)
    if isinstance(gold, Number) and isinstance(answer, Number):
        return _equal_numbers(gold, answer)
    if isinstance(gold, Number | Formula) and isinstance(answer, Number | Formula):
        return _equal_formulas(gold, answer, algebra)
    if isinstance(gold, Items) and isinstance(answer, Items):
        return _equal_items(gold, answer, algebra)
    if isinstance(gold, Matrix) and isinstance(answer, Matrix):
        return _equal_matrices(gold, answer, algebra)
    if isinstance(gold, Region) and isinstance(answer, Region):
        return _equal_regions(gold, answer, algebra)
    if isinstance(gold, Choice) and isinstance(answer, Choice):
        return gold.letters == answer.letters
    return _equal_single(gold, answer, algebra)


def _equal_single(gold: Value, answer: Value, algebra: Algebra) -> bool:
    """Compare a set of one value with the value."""
    if isinstance(gold, Items) and len(gold.values) == 1:
        return equal_values(gold.values[0], answer, algebra)
    if isinstance(answer, Items) and len(answer.values) == 1:
        return equal_values(gold, answer.values[0], algebra)
    return False


def _equal_numbers(gold: Number, answer: Number) -> bool:
    if gold.unit == "%" or answer.unit == "%":
        return _equal_percent(gold, answer)
    return _units_agree(gold.unit, answer.unit) and (
        gold.value == answer.value or _is_printed(answer, gold.value)
    )


def _equal_percent(gold: Number, answer: Number) -> bool:
    if gold.unit == answer.unit:
        return gold.value == answer.value
    if "" not in (gold.unit, answer.unit):
        return False
    share = gold.value / 100 == answer.value if gold.unit else gold.value == answer.value / 100
    return share or (gold.value == answer.value and (gold.unit == "%" or abs(gold.value) >= 1))


def _units_agree(gold: str, answer: str) -> bool:
    are_known = gold and answer and gold[0] != "?" and answer[0] != "?"
    return gold == answer if are_known else True


def _is_printed(answer: Number, value: Fraction) -> bool:
    """Return whether the answer is `value` with the digits that a program prints of a double."""
    whole, point, decimals = answer.written.lstrip("+-").partition(".")
    if not point or not (whole + decimals).isdigit():
        return False
    digits = len((whole + decimals).lstrip("0"))
    return digits in _PRINTED and abs(answer.value - value) < Fraction(1, 10 ** len(decimals))


def _equal_formulas(gold: Number | Formula, answer: Number | Formula, algebra: Algebra) -> bool:
    if not _units_agree(gold.unit, answer.unit):
        return False
    return algebra(_latex(gold), _latex(answer))


def _latex(value: Number | Formula) -> str:
    return value.latex if isinstance(value, Formula) else value.written


def _equal_items(gold: Items, answer: Items, algebra: Algebra) -> bool:
    if not _units_agree(gold.unit, answer.unit):
        return False
    kinds = {gold.kind, answer.kind}
    if "ratio" in kinds and len(kinds) > 1:
        return False
    if kinds == {"tuple", "set"}:
        return False
    if "tuple" in kinds or "ratio" in kinds:
        return _equal_in_order(gold.values, answer.values, algebra)
    golds, answers = _by_name(gold.values), _by_name(answer.values)
    if golds and answers and golds.keys() == answers.keys():
        return all(equal_values(golds[name], answers[name], algebra) for name in golds)
    if bool(golds) != bool(answers):  # only one side has names: the other follows their order
        return _equal_in_order(gold.values, answer.values, algebra)
    return _equal_unordered(gold.values, answer.values, algebra)


def _equal_in_order(gold: Sequence[Value], answer: Sequence[Value], algebra: Algebra) -> bool:
    if len(gold) != len(answer):
        return False
    pairs = zip(gold, answer, strict=True)
    return all(equal_values(value, other, algebra) for value, other in pairs)


def _by_name(values: Sequence[Value]) -> dict[str, Value]:
    """Return the values by name; empty if a name is missing or not unique."""
    named = {value.name: value.value for value in values if isinstance(value, Named)}
    return named if len(named) == len(values) else {}


def _equal_unordered(gold: Sequence[Value], answer: Sequence[Value], algebra: Algebra) -> bool:
    """Match each value with one of the other side, those that need no algebra first."""
    golds, answers = list(dict.fromkeys(gold)), list(dict.fromkeys(answer))
    if len(golds) != len(answers) or (len(golds) == 1 and len(gold) != len(answer)):
        return False
    _match(golds, answers, _no_algebra)
    if len(golds) > _MOST_UNMATCHED:
        return False
    _match(golds, answers, algebra)
    return not golds


def _no_algebra(gold: str, answer: str) -> bool:
    return gold == answer


def _match(golds: list[Value], answers: list[Value], algebra: Algebra) -> None:
    """Remove equal pairs from both lists. Equality is transitive: no match needs to be undone."""
    for gold in golds[:]:
        for answer in answers:
            if equal_values(gold, answer, algebra):
                golds.remove(gold)
                answers.remove(answer)
                break


def _equal_matrices(gold: Matrix, answer: Matrix, algebra: Algebra) -> bool:
    if [len(row) for row in gold.rows] != [len(row) for row in answer.rows]:
        return False
    pairs = zip(gold.rows, answer.rows, strict=True)
    return all(_equal_in_order(row, other, algebra) for row, other in pairs)


def _equal_regions(gold: Region, answer: Region, algebra: Algebra) -> bool:
    golds, answers = list(gold.pieces), list(answer.pieces)
    if len(golds) != len(answers):
        return False
    for piece in golds:
        equal = next((other for other in answers if _equal_pieces(piece, other, algebra)), None)
        if equal is None:
            return False
        answers.remove(equal)
    return True


def _equal_pieces(gold: Piece, answer: Piece, algebra: Algebra) -> bool:
    if (gold.has_low, gold.has_high) != (answer.has_low, answer.has_high):
        return False
    ends = (gold.low, answer.low), (gold.high, answer.high)
    if any((end is None) != (other is None) for end, other in ends):
        return False
    return all(end == other or _equal_ends(end, other, algebra) for end, other in ends)


def _equal_ends(
    gold: Fraction | str | None, answer: Fraction | str | None, algebra: Algebra
) -> bool:
    if isinstance(gold, Fraction) and isinstance(answer, Fraction):
        return False
    return algebra(_fraction(gold), _fraction(answer))


def _fraction(end: Fraction | str | None) -> str:
    return (
        rf"\frac{{{end.numerator}}}{{{end.denominator}}}" if isinstance(end, Fraction) else str(end)
    )
