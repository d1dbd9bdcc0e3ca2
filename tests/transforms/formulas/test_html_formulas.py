from time import process_time

import pytest

from transforms.formulas.html_formulas import html_formulas


def delimited(text):
    pieces, position = [], 0
    for start, end, tex in html_formulas(text):
        pieces += [text[position:start], f"${tex}$"]
        position = end
    return "".join([*pieces, text[position:]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so E = mc^{2} + a_{1}.", "so $E = mc^{2} + a_{1}$."),
        ("Let x = y^{2} for all", "Let $x = y^{2}$ for all"),
        ("where y^{2} = x^{3} + ax + b holds", "where $y^{2} = x^{3} + ax + b$ holds"),
        ("see (a_{1} = 2) or [b_{1} = 3]", "see $(a_{1} = 2)$ or $[b_{1} = 3]$"),
        ("then f(x_{1}) > 0 follows", "then $f(x_{1}) > 0$ follows"),
        ("and log_{2} n \u2264 x_{n}", r"and $\log_{2} n \leq x_{n}$"),
        ("\u03b1_{1} = \u22122\u03b2^{2}", r"$\alpha_{1} = - 2\beta^{2}$"),
        ("here dx/dt = x^{2} again", "here $dx/dt = x^{2}$ again"),
        ("2^{10} = 1024 bytes", "$2^{10} = 1024$ bytes"),
    ],
)
def test_equations_in_plain_html_are_formulas(text, expected):
    assert delimited(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "5 m^{2} of CO_{2} and 10^{-3}",
        "an n^{2}-problem",
        "a = b without scripts",
        "```\na = x^{2}\n```",
        r"\alpha = x^{2}",
        "a_{1}) = (b_{1}",
        "Thus the area = the width^{2}",
    ],
)
def test_units_chemicals_code_and_words_are_text(text):
    assert delimited(text) == text


def test_code_blocks_end():
    assert delimited("```\na = x^{2}\n```\na = x^{2}") == "```\na = x^{2}\n```\n$a = x^{2}$"


@pytest.mark.parametrize("text", ["(" * 50_000, "a=" * 50_000, "ab^{2}" * 20_000, "a + " * 50_000])
def test_repetitions_take_linear_time(text):
    start = process_time()
    list(html_formulas(text))
    half = process_time() - start
    start = process_time()
    list(html_formulas(text * 2))
    assert process_time() - start < 8 * half + 0.5
