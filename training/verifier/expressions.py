r"""Parse arithmetic expressions: a tokenizer for LaTeX and a recursive-descent parser.

    sum      = product { ("+" | "-") product }
    product  = signed { ("*" | "/") signed | power }      factors side by side multiply
    signed   = { "+" | "-" } power
    power    = atom { "^" exponent | "!" | "%" }
    exponent = group | signed
    atom     = number [ \frac group group ] | letter | group | \frac group group
             | \binom group group | \sqrt [ "[" sum "]" ] group
             | function [ "_" group ] [ "^" group ] ( "(" sum ")" | power { power } )
    group    = "(" sum ")" | "{" sum "}" | "[" sum "]"

The tree keeps what a notation leaves open (an unbraced exponent, factors side by side, a number
before a fraction), so that every evaluator may reject what it would have to guess at. There are
three: `numbers.py` (exact, LaTeX), `numeric_check.py` (floats, with letters), and
`rewards/equations.py` (exact, plain text). Parsing is linear in the number of tokens, and neither
parser nor evaluators recurse deeper than a constant.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar

_DEPTH = 30  # of nested brackets, signs, exponents and postfix operators
_TOKEN = re.compile(
    r"\d+(?:\.\d+)?[eE][+-]?\d{1,3}(?!\d)|\d+\.\d*|\.?\d+|\\(?:[A-Za-z]+|.)|[A-Za-z]+|\S", re.DOTALL
)
_TIMES = frozenset(("*", r"\cdot", r"\times"))
_OVER = frozenset(("/", r"\div"))
_CLOSING = {"(": ")", "{": "}", "[": "]"}
FUNCTIONS = frozenset(
    (
        *(r"\sin", r"\cos", r"\tan", r"\cot", r"\sec", r"\csc", r"\arcsin", r"\arccos", r"\arctan"),
        *(r"\ln", r"\lg", r"\log", r"\exp"),
    )
)
_SIDE_BY_SIDE = frozenset(("(", "{", r"\frac", r"\sqrt", r"\binom")) | FUNCTIONS


class ExpressionError(Exception):
    """A text is not an expression, is too large, or holds what an evaluator does not evaluate."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as written: digits with a decimal point, thousands separators or an exponent."""

    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    r"""A single letter, or `\pi`."""

    name: str


@dataclass(frozen=True, slots=True)
class Mixed:
    r"""A number directly before a fraction: `3\frac{1}{2}` is three and a half."""

    whole: Numeral
    top: "Expression"
    bottom: "Expression"


@dataclass(frozen=True, slots=True)
class Group:
    """An expression in brackets."""

    opening: str  # "(", "{" or "["
    inner: "Expression"


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms, each with the sign before it."""

    terms: tuple[tuple[Literal["+", "-"], "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors, each with the operator before it, empty if they are only written side by side."""

    factors: tuple[tuple[Literal["*", "/", ""], "Expression"], ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """An expression with a unary sign, as in `2*-3`."""

    sign: Literal["+", "-"]
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Power:
    """A base and its exponent, a `Group` unless it was written without brackets."""

    base: "Expression"
    exponent: "Expression"


@dataclass(frozen=True, slots=True)
class Postfix:
    """A factorial or a percentage."""

    operator: Literal["!", "%"]
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Root:
    """A root; its index is None for the square root."""

    index: "Expression | None"
    radicand: "Expression"


@dataclass(frozen=True, slots=True)
class Binomial:
    """A binomial coefficient."""

    top: "Expression"
    bottom: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    r"""A function of what follows it: `\sin^{2}2x` is the square of the sine of 2x."""

    function: str
    base: "Expression | None"  # of a logarithm
    power: "Expression | None"
    argument: "Expression"


Expression = (
    Numeral
    | Letter
    | Mixed
    | Group
    | Sum
    | Product
    | Signed
    | Power
    | Postfix
    | Root
    | Binomial
    | Call
)
T = TypeVar("T", Fraction, float)


def tokenize_latex(latex: str) -> list[str]:
    r"""Return the tokens of normalised `latex`, without blanks; words stay whole.

    >>> tokenize_latex(r"2.5x+\frac{1}{3}")
    ['2.5', 'x', '+', '\\frac', '{', '1', '}', '{', '3', '}']
    """
    return _TOKEN.findall(latex)


def parse_expression(tokens: Sequence[str]) -> Expression:
    """Parse tokens into an expression tree. Raises ExpressionError if they do not form one.

    >>> parse_expression(["2", "+", "x"])
    Sum(terms=(('+', Numeral(text='2')), ('+', Letter(name='x'))))
    """
    parser = _Parser([*tokens, ""])
    tree = parser.sum(0)
    if parser.next():
        raise ExpressionError
    return tree


def combine(node: Expression, value: Callable[[Expression], T], bounded: Callable[[T], T]) -> T:
    """Return the value of a sum, product, sign or group, given that of its parts by `value`.

    `bounded` is called with every intermediate result, and raises for one that is too large. Raises
    ExpressionError for any other node.
    """
    match node:
        case Group(_, inner):
            return value(inner)
        case Signed(sign, operand):
            return -value(operand) if sign == "-" else value(operand)
        case Sum(terms):
            total = value(terms[0][1])
            for sign, term in terms[1:]:
                total = bounded(total + value(term) if sign == "+" else total - value(term))
            return total
        case Product(factors):
            product = value(factors[0][1])
            for operator, factor in factors[1:]:
                other = value(factor)
                product = bounded(product / other if operator == "/" else product * other)
            return product
    raise ExpressionError


class _Parser:
    """Recursive descent over tokens, the last of which is empty. `depth` counts nested brackets."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._index = 0

    def next(self) -> str:
        return self._tokens[self._index]

    def _take(self) -> str:
        token = self._tokens[self._index]
        if not token:
            raise ExpressionError
        self._index += 1
        return token

    def sum(self, depth: int) -> Expression:
        terms: list[tuple[Literal["+", "-"], Expression]] = [("+", self._product(depth))]
        while self.next() in ("+", "-"):
            terms.append((self._sign(), self._product(depth)))
        return Sum(tuple(terms)) if len(terms) > 1 else terms[0][1]

    def _sign(self) -> Literal["+", "-"]:
        return "-" if self._take() == "-" else "+"

    def _product(self, depth: int) -> Expression:
        factors: list[tuple[Literal["*", "/", ""], Expression]] = [("*", self._signed(depth))]
        while True:
            token = self.next()
            if token in _TIMES or token in _OVER:
                self._take()
                factors.append(("*" if token in _TIMES else "/", self._signed(depth)))
            elif token in _SIDE_BY_SIDE or _is_letter(token):
                factors.append(("", self._power(depth)))
            else:
                return Product(tuple(factors)) if len(factors) > 1 else factors[0][1]

    def _signed(self, depth: int) -> Expression:
        if self.next() not in ("+", "-"):
            return self._power(depth)
        _check(depth)
        return Signed(self._sign(), self._signed(depth + 1))

    def _power(self, depth: int) -> Expression:
        value = self._atom(depth)
        for _ in range(_DEPTH):
            match self.next():
                case "^":
                    self._take()
                    in_brackets = self.next() in _CLOSING
                    _check(depth)
                    exponent = self._group(depth) if in_brackets else self._signed(depth + 1)
                    value = Power(value, exponent)
                case "!":
                    self._take()
                    if self.next() == "!":  # a double factorial is not (n!)!
                        raise ExpressionError
                    value = Postfix("!", value)
                case "%":
                    self._take()
                    value = Postfix("%", value)
                case _:
                    return value
        raise ExpressionError

    def _atom(self, depth: int) -> Expression:
        token = self.next()
        if token in _CLOSING:
            return self._group(depth)
        self._take()
        if _is_number(token):
            if self.next() != r"\frac":
                return Numeral(token)
            self._take()
            return Mixed(Numeral(token), self._argument(depth), self._argument(depth))
        if _is_letter(token):
            if self.next() == "(":  # a function of what is in brackets, or a product
                raise ExpressionError
            return Letter(token)
        if token == r"\frac":
            top, bottom = self._argument(depth), self._argument(depth)
            return Group("(", Product((("*", top), ("/", bottom))))
        if token == r"\binom":
            return Binomial(self._argument(depth), self._argument(depth))
        if token in FUNCTIONS:
            return self._call(token, depth)
        if token == r"\sqrt":
            index = self._argument(depth) if self.next() == "[" else None
            return Root(index, self._argument(depth))
        raise ExpressionError

    def _call(self, function: str, depth: int) -> Expression:
        _check(depth)
        base = power = None
        for _ in range(2):
            if self.next() == "_":
                self._take()
                base = self._argument(depth)
            elif self.next() == "^":
                self._take()
                power = self._argument(depth)
        if self.next() == "(":
            return Call(function, base, power, self._group(depth))
        factors: list[tuple[Literal["*", "/", ""], Expression]] = [("*", self._power(depth + 1))]
        while (token := self.next()) in (r"\frac", r"\sqrt", "{") or _is_letter(token):
            factors.append(("", self._power(depth + 1)))
        argument = Product(tuple(factors)) if len(factors) > 1 else factors[0][1]
        return Call(function, base, power, argument)

    def _argument(self, depth: int) -> Expression:
        return self._group(depth).inner

    def _group(self, depth: int) -> Group:
        _check(depth)
        opening = self._take()
        inner = self.sum(depth + 1)
        if opening not in _CLOSING or self._take() != _CLOSING[opening]:
            raise ExpressionError
        return Group(opening, inner)


def _check(depth: int) -> None:
    if depth >= _DEPTH:
        raise ExpressionError


def _is_number(token: str) -> bool:
    return token.isascii() and token.lstrip(".")[:1].isdigit()


def _is_letter(token: str) -> bool:
    return (len(token) == 1 and token.isascii() and token.isalpha()) or token == r"\pi"
