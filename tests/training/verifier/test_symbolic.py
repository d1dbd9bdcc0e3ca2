import pytest

from training.verifier.symbolic import equal_symbolically


@pytest.mark.parametrize(
    ("gold", "answer", "verdict"),
    [
        (r"\frac{1}{\sqrt{3}-1}", r"\frac{\sqrt{3}+1}{2}", True),
        ("0.25x", r"\frac{x}{4}", True),
        (r"\tan 45^{\circ}", "1", True),
        (r"e^{i\pi}", "-1", True),
        (r"\sqrt{5}", "2.23606797749979", True),
        (r"\sqrt{5}", "2.236068", False),
        (r"\frac{1}{3}", "0.333333", False),
        ("x^2+2x+7=0", "x^2+4x+9=0", False),
        ("x^2+2x+7=0", "2x^2+4x+14=0", True),
        ("xy=1", r"y=\frac{1}{x}", True),
        (r"|x|", "x", False),
        ("0", r"\frac{0}{0}", False),
        (r"\infty", "10^{400}", False),
        ("5", "?", None),
        ("137", "1'37", None),
        ("137", '1"37', None),
        ("137", r"1\$37", None),
        ("62", "6'2\"", None),
        ("1.5", "1'.5", None),
        (r"\frac{13}{2}", r"\frac{1'3}{2}", None),
        (r"\frac{7}{2}", r"3'\frac{1}{2}", None),
        ("5", "5'", True),
        ("5", '5"', True),
        ("y'=3", "3=y'", True),
        (r"\sin^2 x+\cos^2 x", "1", True),
        (r"\sqrt{x^2y^2}", r"\sqrt{x^2}\sqrt{y^2}", True),
        (r"\frac{x^3-1}{x-1}", "x^2+x+1", True),
        ("x^2+1", "x^2+2", False),
        ("x", "y", False),
        (r"\sqrt{x^2+1}", "x+1", False),
    ],
)
def test_algebra_proves_disproves_or_cannot_read(gold, answer, verdict):
    assert equal_symbolically(gold, answer) is verdict
