from fractions import Fraction

import pytest

from training.verifier.regions import read_region
from training.verifier.values import Piece, Region

HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("latex", "pieces"),
    [
        ("(1,2]", [Piece(Fraction(1), False, Fraction(2), True)]),
        (r"x\in[\frac{1}{2},\infty)", [Piece(HALF, True, None, False)]),
        (r"t\ge \frac{1}{2}", [Piece(HALF, True, None, False)]),
        (r"\frac{1}{2}\le t", [Piece(HALF, True, None, False)]),
        ("1>x>0.5", [Piece(HALF, False, Fraction(1), False)]),
        (r"x>0.5\text{and}x<1", [Piece(HALF, False, Fraction(1), False)]),
        (r"x\ne 0.5", [Piece(None, False, HALF, False), Piece(HALF, False, None, False)]),
        (r"\mathbb{R}", [Piece(None, False, None, False)]),
        (r"(0,1)\cup[1,2)", [Piece(Fraction(0), False, Fraction(2), False)]),
        (r"(5,6)\cup(0,1)", [Piece(Fraction(0), False, Fraction(1), False),
                             Piece(Fraction(5), False, Fraction(6), False)]),
        (r"(\sqrt{2},\pi)", [Piece(r"\sqrt{2}", False, r"\pi", False)]),
        (r"\{x|x<1\}", [Piece(None, False, Fraction(1), False)]),
    ],
)  # fmt: skip
def test_parts_of_the_line_are_read_however_written(latex, pieces):
    assert read_region(latex) == Region(tuple(pieces))


@pytest.mark.parametrize(
    "latex", ["", "5", "x", "(2,1)", "(1,2,3)", "(1,2),(3,4)", "(a,b)=(1,2)", "x+y<2", "1,2", "(,)"]
)
def test_what_is_not_a_part_of_the_line_is_none(latex):
    assert read_region(latex) is None
