r"""Read an answer into values: number, list, interval, matrix, choice, words.

An answer may have several readings, all of which count: `(1,2)` is a pair and an interval, `A` a
choice and a name, `1,22` a list and, with a decimal comma, a number.
"""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise

from training.verifier.normalise import normalise_latex, split_top_level
from training.verifier.numbers import exact_number
from training.verifier.quantities import read_quantity
from training.verifier.regions import read_region
from training.verifier.units import split_unit
from training.verifier.values import (
    Based,
    Choice,
    Formula,
    Items,
    Matrix,
    Named,
    Number,
    Value,
    Words,
)

_LENGTH = 5000  # characters; a longer text is a formula that equals only itself
_MOST_ITEMS = 100
_DEPTH = 4  # of lists in lists
_CHOICE = re.compile(
    r"(?:\\text)?[{(\s]{0,3}([A-J])[)}\s]{0,3}(?:[.:)](?P<rest>.{1,300})|(?<=\))\s?(?P<more>.{1,300}))?",
    re.DOTALL,
)
_OPTION = re.compile(r"(?:option|choice|\u9009\u9879?)[\s:]{0,3}(?=\(?[A-Ja-j]\)?$)", re.IGNORECASE)
_CORRECT = re.compile(
    r"(?<=[A-Ja-j)])\s?(?:is|\u4e3a|\u662f|\u9879)?\s?(?:the |\u6b63\u786e|correct|right){1,3}"
    r"(?: ?answer| ?option| ?choice| ?one|\u7684)?\.?$"
)
_LABEL = re.compile(
    r"\\text\{(?:[A-Za-z][A-Za-z ]{0,40}:|(?:so |thus |hence )?(?:the )?(?:[a-z]{1,15} ){0,3}"
    r"(?:is|are|equals|be))\}|(?:the |my )?(?:final )?(?:answer|total|result)(?:s?:| is:?)"
    r"(?=\s?[\d\\(\[-])",
    re.IGNORECASE,
)
# An interval one end of which is open, as ISO 31-11 writes it; both are closed in `[0,1]`.
_REVERSED = re.compile(r"(?<![\d)}\]])([\[\]])([^\[\]()]{1,80},[^\[\]()]{1,80})([\[\]])(?<!\[.\])")
_CHOICES = re.compile(
    r"(?:\\text\{)?\(?([A-H](?:(?:[\s,;]|and|\\text\{and\}){0,3}[A-H]){1,7})\)?\}?"
)
_BASED = re.compile(
    r"(?:\\text)?[({]{0,2}([0-9A-Za-z]{1,99})[)}]{0,2}_\{(?:\\text\{)?(\d{1,2}|ten|two|eight)\}{1,2}"
)
_BASE_WORD = re.compile(
    r"([0-9A-Z]{1,99})\s?(?:\\text\{)?[\s({]{0,2}(?:in )?"
    r"base[\s-]?\}?\s?(\d{1,2}|ten|two|eight)[)}]{0,2}"
)
_BASES = {"ten": 10, "two": 2, "eight": 8}
_MATRIX = re.compile(
    r"\\begin\{(?P<name>[pb]?matrix|smallmatrix|array)\}(?:\{[^{}]{0,30}\})?(?P<rows>.*)\\end\{(?P=name)\}",
    re.DOTALL,
)
_NAME = re.compile(
    r"(?:\\text\{[^{}]{1,40}\}|(?:\\?(?:[A-Za-z]|[A-Za-z]{3,12})|[A-Z]{2})'?(?:_\{[^{}]{1,12}\}|\^\{-1\})*"
    r"(?:\([A-Za-z](?:,[A-Za-z]){0,4}\))?|\\angle\s?[A-Z]{1,3}|\([A-Za-z](?:,\s?[A-Za-z]){1,5}\)"
    r"|\|[A-Z]{1,3}\||\\overline\{[A-Z]{2}\}|\\frac\{\|?[A-Z]{2}\|?\}\{\|?[A-Z]{2}\|?\}|[A-Z]{2}:[A-Z]{2}"
    r"|[A-Za-z](?:_\{[^{}]{1,9}\})?(?::[A-Za-z](?:_\{[^{}]{1,9}\})?){1,3})"
)
_LIST = frozenset((",", ";", "and", r"\text{and}", "or", r"\text{or}", "\u548c", "\u6216"))
_EQUALS = frozenset("=")
_APPROXIMATE = re.compile(r"(?:\\approx|\\doteq)(?![A-Za-z])")
_CLOSE = frozenset((")", "]", "}", r"\}"))
_RATIO = re.compile(r":|\\text\{to\}|(?<=\d) to (?=\d)")
_PLUS_MINUS = re.compile(r"\\(pm|mp)(?![A-Za-z])")
_QUANTIFIER = re.compile(
    r"(?<=[^\s,({])(?:\s?[,;]\s?|\s?\()(?:\\text\{[a-z ]{1,20}\})?[a-z](?:,[a-z]){0,2}\s?\\in"
    r"\s?\\mathbb\{[A-Z]\}(?:\^\{\+\})?\)?$"
)
_DECIMAL_COMMA = re.compile(r"-?\d{1,30},(?!\d{3}$)\d{1,30}")
_WHOLE_TEXT = re.compile(r"\\text\{([^{}]+)\}")


def read_answer(text: str) -> tuple[Value, ...]:
    r"""Return the readings of an answer or a gold, LaTeX or plain text, the likeliest first.

    >>> read_answer(r"$\frac12$ cm")
    (Number(value=Fraction(1, 2), written='\\frac{1}{2}', unit='cm'),)
    """
    if len(text) > _LENGTH:
        return (Formula(text.strip()),)
    latex = normalise_latex(text)
    return tuple(_readings(latex)) if latex else ()


def _readings(latex: str) -> Iterator[Value]:
    latex = _without_label(latex)
    whole = _WHOLE_TEXT.fullmatch(latex)
    latex = _OPTION.sub("", _CORRECT.sub("", whole[1] if whole else latex))
    yield from _choices(latex)
    based = _based(latex)
    if based:
        yield based
        return
    if quantity := read_quantity(latex):
        yield quantity
        return
    latex = _with_round_brackets(latex)
    region = read_region(latex)
    if region:
        yield region
    if _DECIMAL_COMMA.fullmatch(latex):
        yield from _numbers(latex.replace(",", "."))
    value = _read(latex, _DEPTH)
    if not region or (isinstance(value, Items) and latex[0] + latex[-1] == "()"):
        yield value


def _without_label(latex: str) -> str:
    r"""Return what follows a label, as in `\text{Answer:}12` and `\text{The answer is}12`."""
    label = _LABEL.match(latex)
    return latex[label.end() :].lstrip(" :") if label and label.end() < len(latex) else latex


def _with_round_brackets(latex: str) -> str:
    r"""Write open ends of intervals as round brackets: `]0,1[` is `(0,1)`."""
    if "]" not in latex and "[" not in latex:
        return latex
    return _REVERSED.sub(_round_ends, latex)


def _round_ends(interval: re.Match[str]) -> str:
    opening, closing = "(" if interval[1] == "]" else "[", ")" if interval[3] == "[" else "]"
    return f"{opening}{interval[2]}{closing}"


def _choices(latex: str) -> Iterator[Choice]:
    single = _CHOICE.fullmatch(latex)
    if single:
        yield Choice(single[1], (single["rest"] or single["more"] or "").strip())
    multiple = _CHOICES.fullmatch(latex)
    letters = re.findall("[A-H]", multiple[1].replace("and", "")) if multiple else []
    if letters and letters == sorted(set(letters)):
        yield Choice("".join(letters))


def _based(latex: str) -> Based | None:
    match = _BASED.fullmatch(latex) or _BASE_WORD.fullmatch(latex)
    if not match or not any(character.isdigit() for character in match[1]):
        return None
    return Based(match[1].upper().lstrip("0") or "0", _BASES.get(match[2]) or int(match[2]))


def _numbers(latex: str) -> Iterator[Number]:
    body, unit = split_unit(latex)
    number = exact_number(body)
    if number is not None:
        yield Number(number, body, unit)


def _read(latex: str, depth: int) -> Value:
    """Read what is neither a choice, a number with a base nor a region."""
    latex = _QUANTIFIER.sub("", latex).strip()
    if not latex:
        return Formula("")
    number = next(_numbers(latex), None)
    if number:
        return number
    exact, *approximations = _APPROXIMATE.split(latex)
    if approximations and exact:
        return _read(f"{exact}={approximations[0]}" if _NAME.fullmatch(exact) else exact, depth)
    compound = _compound(latex, depth) if depth else None
    return compound or _words(latex) or Formula(*split_unit(latex))


def _compound(latex: str, depth: int) -> Value | None:
    matrix = _MATRIX.fullmatch(latex)
    if matrix and r"\begin" not in matrix["rows"]:
        return _matrix(matrix["rows"], depth)
    parts = [part for part in split_top_level(latex, _LIST) if part]
    if 1 < len(parts) <= _MOST_ITEMS and not _is_prose(latex):
        return Items("list", tuple(_item(part, depth) for part in parts))
    return (
        _equation(latex, depth)
        or _bracketed(latex, depth)
        or _ratio(latex, depth)
        or _both_signs(latex, depth)
    )


def _item(latex: str, depth: int) -> Value:
    region = read_region(latex) if latex[0] == "[" else None
    return region or _read(latex, depth - 1)


def _matrix(rows: str, depth: int) -> Matrix:
    cells = [split_top_level(row, frozenset("&")) for row in rows.split(r"\\") if row.strip()]
    return Matrix(tuple(tuple(_read(cell, depth - 1) for cell in row) for row in cells))


def _equation(latex: str, depth: int) -> Value | None:
    r"""Read `x=5`, `f(x)=2x`, `a=b=5` and `x\in\{1,2\}`."""
    member, *sets = split_top_level(latex, frozenset((r"\in",)))
    if len(sets) == 1 and _NAME.fullmatch(member):
        return _read(sets[0], depth - 1)
    parts = split_top_level(latex, _EQUALS)
    if len(parts) < 2 or not all(parts):
        return None
    if _contradicts(parts):
        return Words(latex)
    if all(exact_number(split_unit(part)[0]) is not None for part in parts):
        return _read(parts[-1], depth - 1)
    if not _NAME.fullmatch(parts[0]) and len(parts) == 2:
        return _reversed_equation(parts, depth)
    return Named(parts[0], _read(parts[-1], depth - 1))


def _contradicts(parts: list[str]) -> bool:
    """Return whether two numbers of a chain, in one unit, differ by more than rounding: `3=4`."""
    numbers = [
        (body, unit, number)
        for body, unit in map(split_unit, parts)
        if (number := exact_number(body)) is not None
    ]
    return any(
        unit == other_unit and abs(number - other) > max(_rounding(body), _rounding(other_body))
        for (body, unit, number), (other_body, other_unit, other) in pairwise(numbers)
    )


def _rounding(number: str) -> Fraction:
    """Return how far a decimal may be from the number that it was rounded from."""
    decimals = len(number.partition(".")[2]) if re.fullmatch(r"-?\d*\.\d+", number) else 0
    return Fraction(1, 10**decimals) if decimals else Fraction(0)


def _reversed_equation(parts: list[str], depth: int) -> Value | None:
    if re.fullmatch("[A-Za-z]", parts[1]) and exact_number(parts[0]) is not None:
        return Named(parts[1], _read(parts[0], depth - 1))
    return None


def _bracketed(latex: str, depth: int) -> Items | None:
    if latex.startswith(r"\{") and latex.endswith(r"\}") and _is_one_group(latex, 2):
        inner, kind = latex[2:-2], "set"
    elif latex[0] in "([" and latex[-1] in ")]" and _is_one_group(latex, 1):
        inner, kind = latex[1:-1], "tuple"
    else:
        return None
    parts = split_top_level(inner, frozenset(",;"))
    if (len(parts) < 2 and kind == "tuple") or not all(parts) or len(parts) > _MOST_ITEMS:
        return None
    values = tuple(_read(part, depth - 1) for part in parts)
    return Items("set", values) if kind == "set" else Items("tuple", values)


def _is_one_group(latex: str, width: int) -> bool:
    """Return whether the first bracket closes at the end: not so in `(1,2)+(3,4)`."""
    return len(split_top_level(latex[width:-width], _CLOSE)) == 1


def _ratio(latex: str, depth: int) -> Items | None:
    body, unit = split_unit(latex)
    parts = [part.strip() for part in _RATIO.split(body)]
    if not 2 <= len(parts) <= 6 or not all(parts) or r"\text" in "".join(parts):
        return None
    values = tuple(_read(part, depth - 1) for part in parts)
    are_short = all(
        isinstance(value, Number) or len(part) < 12
        for value, part in zip(values, parts, strict=True)
    )
    return Items("ratio", values, unit) if are_short else None


def _both_signs(latex: str, depth: int) -> Items | None:
    signs = _PLUS_MINUS.findall(latex)
    if len(signs) != 1:
        return None
    both = [_PLUS_MINUS.sub(sign, latex).removeprefix("+") for sign in "+-"]
    return Items("list", tuple(_read(value, depth - 1) for value in both))


def _is_prose(latex: str) -> bool:
    """Return whether this is a sentence, whose commas separate no items."""
    return len(re.findall(r"(?<![\\A-Za-z])[A-Za-z]{3,}", latex)) > 12


_PLAIN_TEXT = re.compile(r"\\text\{([^{}]*)\}|\\(?=[ ,;])")
_SENTENCE = re.compile(r"[A-Za-z\u3400-\u9fff][A-Za-z\d\s'.,;:?!()\u3400-\u9fff-]*")
_MONTH = re.compile(
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_SAME_WORDS = {
    **dict.fromkeys(
        ("no solutions", "no real solutions", "empty set", "\u65e0\u89e3"), "no solution"
    ),
    **dict.fromkeys(("dne", "doesn't exist"), "does not exist"),
}
_EMPTY = frozenset((r"\emptyset", r"\{\}", r"\phi"))
_LONG_WORD = re.compile(r"[A-Za-z]{3}|[\u3400-\u9fff]")


def _words(latex: str) -> Words | None:
    r"""Return the words of normalised `latex`, None where it is a formula.

    Dates, and the statement that there is no solution, get one spelling.

    >>> _words(r"\text{the 4th of July}")
    Words(text='jul 4')
    """
    if latex in _EMPTY:
        return Words("no solution")
    plain = _PLAIN_TEXT.sub(lambda match: f" {match[1] or ''} ", latex)
    words = re.sub(r"[.,;:?!()]", " ", plain).casefold().split()
    date = _date(words)
    if date:
        return Words(date)
    if not _SENTENCE.fullmatch(plain.strip()) or not _LONG_WORD.search(plain):
        return None
    if r"\text" not in latex and len(plain) < 3:
        return None
    return Words(_SAME_WORDS.get(" ".join(words), " ".join(words)))


def _date(words: list[str]) -> str:
    """Return "jun 20" for "20th of June", the empty string if this is not a date."""
    months = [word[:3] for word in words if _MONTH.fullmatch(word)]
    numbers = [re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word) for word in words]
    numbers = [number for number in numbers if number.isdigit()]
    others = len(words) - len(months) - len(numbers) - words.count("of") - words.count("the")
    if len(months) != 1 or not 1 <= len(numbers) <= 2 or others:
        return ""
    return " ".join(months + sorted(numbers, key=len))
