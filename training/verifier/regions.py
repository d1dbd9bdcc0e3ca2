r"""Read regions of the real line: intervals, unions, `1\le x<2`, `\mathbb{R}\setminus\{1\}`."""

import re
from fractions import Fraction
from itertools import pairwise

from training.verifier.normalise import split_top_level
from training.verifier.numbers import exact_number
from training.verifier.values import Endpoint, Piece, Region

_Pieces = tuple[Piece, ...]
_ALL: _Pieces = (Piece(None, False, None, False),)
_RELATION = re.compile(r"(<|>|\\le(?![A-Za-z])|\\ge(?![A-Za-z])|\\ne(?![A-Za-z]))")
_REVERSED = {"<": ">", ">": "<", r"\le": r"\ge", r"\ge": r"\le", r"\ne": r"\ne"}
_VARIABLE = re.compile(r"\\?[A-Za-z](?:_\{[A-Za-z\d]\})?|\\(?:theta|alpha|beta|lambda)")
_MEMBER = re.compile(r"\s?\\?[A-Za-z]\s?\\in(?![A-Za-z])")
_BUILDER = re.compile(r"\\\{[A-Za-z](?:\\in\s?\\mathbb\{R\})?[|:](.+)\\\}")
_REALS = frozenset(
    (r"\mathbb{R}", r"\text{all real numbers}", r"\text{all reals}", "all real numbers")
)
_UNION = frozenset((r"\cup",))
_OR = frozenset(("or", r"\text{or}", "\u6216"))
_AND = frozenset(("and", r"\text{and}", ",", "\u4e14"))
_CLOSING = frozenset((")", "]", "}", r"\}"))
_MOST_PIECES = 50


def read_region(latex: str) -> Region | None:
    r"""Return the region of the real line that normalised `latex` names, None if it names none.

    >>> read_region(r"x<2\text{or}x>3") == read_region(r"(-\infty,2)\cup(3,\infty)")
    True
    """
    latex = _plain_words(_MEMBER.sub("", latex, count=1))
    builder = _BUILDER.fullmatch(latex)
    pieces = _union(builder[1] if builder else latex)
    return None if pieces is None or len(pieces) > _MOST_PIECES else Region(_tidy(pieces))


def _plain_words(latex: str) -> str:
    return latex.replace(r"\text{or}", " or ").replace(r"\text{and}", " and ")


def _union(latex: str) -> _Pieces | None:
    parts = split_top_level(latex, _OR | _UNION)
    if len(parts) == 1:
        return _common(latex)
    regions = [_common(part) for part in parts]
    return (
        tuple(piece for region in regions if region for piece in region) if all(regions) else None
    )


def _common(latex: str) -> _Pieces | None:
    """Read conditions joined by "and", or a single one."""
    parts = [part for part in split_top_level(latex, _AND) if part]
    if len(parts) < 2:
        return _condition(latex)
    regions = [_condition(part) if _RELATION.search(part) else None for part in parts]
    common: _Pieces | None = _ALL
    for region in regions:
        common = _intersect(common, region) if common and region else None
    return common


def _condition(latex: str) -> _Pieces | None:
    latex = latex.strip()
    if latex in _REALS:
        return _ALL
    whole, *rest = split_top_level(latex, frozenset((r"\setminus",)))
    if len(rest) == 1 and whole in _REALS and rest[0][:2] == r"\{" and rest[0][-2:] == r"\}":
        return _without(split_top_level(rest[0][2:-2], frozenset(",")))
    return _interval(latex) if latex[:1] in "([" else _inequality(latex)


def _interval(latex: str) -> _Pieces | None:
    if len(latex) < 5 or latex[0] not in "([" or latex[-1] not in ")]":
        return None
    if len(split_top_level(latex[1:-1], _CLOSING)) > 1:  # closed before the end: (a,b)=(1,2)
        return None
    ends = split_top_level(latex[1:-1], frozenset(","))
    if len(ends) != 2 or not all(ends):
        return None
    return _piece(ends[0], latex[0] == "[", ends[1], latex[-1] == "]")


def _piece(low: str, has_low: bool, high: str, has_high: bool) -> _Pieces | None:
    below, above = _endpoint(low), _endpoint(high)
    if below == "" or above == "" or low == r"\infty" or high == r"-\infty":
        return None
    if isinstance(below, Fraction) and isinstance(above, Fraction) and below > above:
        return None
    return (Piece(below, has_low and below is not None, above, has_high and above is not None),)


def _endpoint(latex: str) -> Endpoint | None:
    if latex.strip("+-") == r"\infty":
        return None
    number = exact_number(latex)
    return latex.strip() if number is None else number


def _inequality(latex: str) -> _Pieces | None:
    parts = [part.strip() for part in _RELATION.split(latex)]
    if len(parts) == 3:
        left, relation, right = parts
        if _VARIABLE.fullmatch(right) and not _VARIABLE.fullmatch(left):
            left, relation, right = right, _REVERSED[relation], left
        return _bound(relation, right) if _VARIABLE.fullmatch(left) else None
    if len(parts) == 5 and _VARIABLE.fullmatch(parts[2]):
        low, high = _bound(_REVERSED[parts[1]], parts[0]), _bound(parts[3], parts[4])
        return _intersect(low, high) if low and high else None
    return None


def _bound(relation: str, latex: str) -> _Pieces | None:
    if relation == r"\ne":
        return _without([latex])
    closed = relation in (r"\le", r"\ge")
    ray = ("-\\infty", False, latex, closed) if relation in ("<", r"\le") else None
    return _piece(*ray) if ray else _piece(latex, closed, r"\infty", False)


def _without(points: list[str]) -> _Pieces | None:
    ends = [_endpoint(point) for point in points]
    rational = sorted({end for end in ends if isinstance(end, Fraction)})
    if len(rational) == len(set(ends)):
        cuts: list[Endpoint | None] = [None, *rational, None]
    elif len(ends) == 1:
        cuts = [None, ends[0], None]
    else:
        return None
    return tuple(Piece(a, False, b, False) for a, b in pairwise(cuts))


def _intersect(first: _Pieces | None, second: _Pieces | None) -> _Pieces | None:
    pieces = []
    for a in first or ():
        for b in second or ():
            low, high = _inner(a, b, low=True), _inner(a, b, low=False)
            if low is None or high is None:
                return None
            piece = Piece(*low, *high)
            if not _is_empty(piece):
                pieces.append(piece)
    return tuple(pieces) or None


def _inner(a: Piece, b: Piece, *, low: bool) -> tuple[Endpoint | None, bool] | None:
    """Return the inner of two ends; None where they cannot be ordered."""
    first, second = (
        ((a.low, a.has_low), (b.low, b.has_low))
        if low
        else ((a.high, a.has_high), (b.high, b.has_high))
    )
    if first[0] is None or second[0] is None:
        return second if first[0] is None else first
    if first[0] == second[0]:
        return first[0], first[1] and second[1]
    if not isinstance(first[0], Fraction) or not isinstance(second[0], Fraction):
        return None
    return first if (first[0] > second[0]) == low else second


def _is_empty(piece: Piece) -> bool:
    if not isinstance(piece.low, Fraction) or not isinstance(piece.high, Fraction):
        return False
    return piece.low > piece.high or (
        piece.low == piece.high and not (piece.has_low and piece.has_high)
    )


def _tidy(pieces: _Pieces) -> _Pieces:
    """Sort and join pieces whose ends are all rational or infinite."""
    if any(isinstance(end, str) for piece in pieces for end in (piece.low, piece.high)):
        return pieces
    tidy: list[Piece] = []
    for piece in sorted(pieces, key=_start):
        if tidy and _touch(tidy[-1], piece):
            tidy[-1] = _joined(tidy[-1], piece)
        else:
            tidy.append(piece)
    return tuple(tidy)


def _start(piece: Piece) -> tuple[bool, Fraction, bool]:
    low = piece.low
    return (low is not None, low if isinstance(low, Fraction) else Fraction(0), not piece.has_low)


def _touch(a: Piece, b: Piece) -> bool:
    if not isinstance(a.high, Fraction) or not isinstance(b.low, Fraction):
        return True
    return a.high > b.low or (a.high == b.low and (a.has_high or b.has_low))


def _joined(a: Piece, b: Piece) -> Piece:
    if not isinstance(a.high, Fraction) or not isinstance(b.high, Fraction):
        return Piece(a.low, a.has_low, None, False)
    high = max((a.high, a.has_high), (b.high, b.has_high))
    return Piece(a.low, a.has_low, *high)
