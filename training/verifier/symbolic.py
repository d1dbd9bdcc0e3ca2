"""Compare two formulas by algebra: math-verify, in a process that can be killed.

Nothing here runs in the process of a caller: `verify.py` passes the name of this module to the
sandbox. Decimals become fractions first, since math-verify rounds them to six digits and would call
.333333 a third; constants are compared to 50 digits before it is asked for a proof.
"""

import logging
import re

from math_verify import parse, verify
from math_verify.parser import LatexExtractionConfig
from sympy import Basic, E, Eq, Expr, Float, I, Pow, Rational, simplify, solve

_CONFIG = [LatexExtractionConfig()]
_DECIMAL = re.compile(r"(?<![\d.])(\d{0,40})\.(\d{1,40})(?![\d.])")
_DEGREES = re.compile(r"(?<![\d.}])(\d{1,9}(?:\.\d{1,9})?)\s{0,3}\^(?:\{\s?\\circ\s?\}|\\circ)")
_PRINTED = re.compile(r"-?(?=[\d.]{16,18}$)0?(?!0\.)\d*\.(\d+)")  # a double as programs print it
# math-verify deletes quotes and `\$` everywhere, so 1"37 and 1'37 would be 137. Digits that they
# separate do not form one number; after a number (5', 5") they are a unit, which may be left out.
_SPLIT_NUMBER = re.compile(r"[\d.]\s?(?:[\"']|\\\$)[\s\"']{0,9}(?:[\d.]|\\frac)")
_ATOM = (
    r"(?:\d+(?:\.\d+)?|[A-Za-z]|\\(?:pi|theta|alpha|beta|gamma|phi|varphi|omega)(?![A-Za-z])"
    r"|\\frac\{[^{}]{1,40}\}\{[^{}]{1,40}\}|\\sqrt\{[^{}]{1,40}\})(?:_\{[^{}]{1,9}\})?(?:\^\{[^{}]{1,20}\})?"
)
_FUNCTION = re.compile(
    r"(?P<function>\\(?:arc)?(?:sin|cos|tan|cot|sec|csc)h?(?:\^\{[^{}]{1,9}\})?"
    r"|\\(?:ln|lg|log|exp)(?:_\{[^{}]{1,20}\})?(?:\^\{[^{}]{1,9}\})?)\s?(?P<argument>(?:"
    + _ATOM
    + r"\s?){1,6})"
)
_CONSTANTS = {"i": I, "e": E}
_DIGITS = 60
_DIFFERENCE = 1e-3  # of a value: rounding errors are smaller
_POINTS = [[Float(f"0.{(37 + 31 * i + 17 * k) % 89 + 10}3") for i in range(12)] for k in range(3)]
_WARM_UP = (  # the parser builds its tables on the first use of a construct
    (r"\frac{x^2+1}{\sqrt{3}}", r"(x+1)^2"),
    (r"\sin^2 x+\ln{2}", r"1-\cos^2 (x)+\log_2 8"),
    (r"x^2+y^2=4", r"x\cdot y<3"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\sqrt[3]{16}!"),
    (r"e^{i\pi}", r"\{1,2\}"),
)

logging.getLogger("math_verify").setLevel(logging.CRITICAL)


def equal_symbolically(gold: str, answer: str) -> bool | None:
    r"""Return whether two LaTeX formulas are equal, None if one of them cannot be parsed.

    >>> equal_symbolically(r"1+\sqrt2", r"\frac{1}{\sqrt2-1}")
    True
    """
    golds, answers = _parse(gold), _parse(answer)
    if not golds or not answers:
        return None
    if len(golds) == len(answers) == 1 and _are_numerically_different(golds[0], answers[0]):
        return False
    printed = _PRINTED.fullmatch(answer)
    if _equal_constants(golds[0], answers[0], len(printed[1]) if printed else _DIGITS - 10):
        return True  # before algebra, which may take a second to prove it
    is_equal = verify(golds, answers, timeout_seconds=None, allow_set_relation_comp=True)
    return is_equal and not _are_unlike_and_unsolvable(golds[0], answers[0])


def _parse(latex: str) -> list[Basic]:
    if _SPLIT_NUMBER.search(latex):
        return []
    latex = _FUNCTION.sub(_with_brackets, latex)
    exact = _DECIMAL.sub(_exact, _DEGREES.sub(r"(\\frac{\1\\pi}{180})", latex))
    parsed = parse(f"${exact}$", extraction_config=_CONFIG, parsing_timeout=None)
    return [_with_real_roots(value) for value in parsed if not isinstance(value, str)]


def _with_brackets(call: re.Match[str]) -> str:
    r"""Put an argument into brackets: math-verify takes `\sin x\cdot y` for `\sin(x\cdot y)`."""
    return f"{call['function']}({call['argument'].strip()})"


def _with_real_roots(value: Basic) -> Basic:
    """Replace odd roots of negative numbers, which are complex to SymPy, by the real ones."""

    def is_odd_root(node: Basic) -> bool:
        return bool(
            isinstance(node, Pow)
            and isinstance(node.exp, Rational)
            and node.exp.p == 1
            and node.exp.q % 2 == 1
            and node.exp.q > 1
            and node.base.is_number
            and _is_negative(node.base)
        )

    return value.replace(is_odd_root, lambda root: -((-root.base) ** root.exp))


def _is_negative(number: Basic) -> bool:
    value = number.evalf(15)  # the exact sign of a nested root may take seconds
    return bool(value.is_comparable and value < 0)


def _exact(decimal: re.Match[str]) -> str:
    whole, part = decimal.groups()
    return rf"\frac{{{int(whole + part)}}}{{1{'0' * len(part)}}}"


def _are_unlike_and_unsolvable(gold: Basic, answer: Basic) -> bool:
    """Return whether two equations have nothing in common but the lack of a solution."""
    if not isinstance(gold, Eq) or not isinstance(answer, Eq) or gold == answer:
        return False
    ratio = simplify((gold.lhs - gold.rhs) / (answer.lhs - answer.rhs))
    return bool(ratio.free_symbols) and not solve(gold, gold.free_symbols)


def _are_numerically_different(gold: Basic, answer: Basic) -> bool:
    """Return whether values differ at all sample points; algebra takes a second to find out."""
    if not isinstance(gold, Expr) or not isinstance(answer, Expr):
        return False
    gold, answer = _with_constants(gold), _with_constants(answer)
    symbols = sorted(gold.free_symbols | answer.free_symbols, key=str)
    return all(_differ(gold, answer, dict(zip(symbols, point, strict=False))) for point in _POINTS)


def _differ(gold: Expr, answer: Expr, point: dict[Basic, Float]) -> bool:
    try:
        value, other = (complex(formula.evalf(15, subs=point)) for formula in (gold, answer))
        return abs(value - other) > _DIFFERENCE * (1 + abs(value))  # False if not finite
    except (TypeError, ValueError, ArithmeticError, AttributeError):
        return False  # no value: an unbound letter, a pole, an undefined function


def _equal_constants(gold: Basic, answer: Basic, digits: int) -> bool:
    if not isinstance(gold, Expr) or not isinstance(answer, Expr):
        return False
    gold, answer = _with_constants(gold), _with_constants(answer)
    if gold.free_symbols or answer.free_symbols:
        return False
    # Numbers are subtracted, not formulas: the sign of a nested root may take SymPy seconds.
    value, other = gold.evalf(_DIGITS), answer.evalf(_DIGITS)
    difference, size = abs(value - other), abs(value)
    if not difference.is_comparable or not size.is_comparable:  # infinite or NaN
        return False
    return bool(difference < (1 + size) * Rational(1, 10**digits))


def _with_constants(formula: Expr) -> Expr:
    """Replace letters that may be a constant (i, e) by it."""
    names = {symbol: _CONSTANTS.get(symbol.name) for symbol in formula.free_symbols}
    return formula.xreplace({symbol: value for symbol, value in names.items() if value})


for _pair in _WARM_UP:
    equal_symbolically(*_pair)
