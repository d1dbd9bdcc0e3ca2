from time import process_time

import pytest

from transforms.latex.macros import Macro, collect_macros, macro_expander, without_definitions


@pytest.mark.parametrize(
    ("definition", "formula", "expanded"),
    [
        (r"\newcommand{\R}{\mathbb{R}}", r"\R^n", r"\mathbb{R}^n"),
        (r"\newcommand\R{\mathbb R}", r"\R x", r"\mathbb R x"),
        (r"\renewcommand{\vec}[1]{\mathbf{#1}}", r"\vec{x}+\vec y", r"\mathbf{x}+\mathbf{y}"),
        (r"\newcommand{\half}[2]{\frac{#1}{#2}}", r"\half{a}{b}", r"\frac{a}{b}"),
        (r"\def\set#1{\{#1\}}", r"\set{x}", r"\{x\}"),
        (r"\DeclareMathOperator{\tr}{tr}", r"\tr A", r"\operatorname{tr} A"),
        (r"\DeclareMathOperator*{\argmin}{arg\,min}", r"\argmin", r"\operatorname*{arg\,min}"),
        (r"\let\eps=\varepsilon", r"\eps", r"\varepsilon"),
        (r"\newcommand{\lt}{&lt;}", r"a\lt b", r"a< b"),
        (r"\newcommand{\a}{\b}\newcommand{\b}{x}", r"\a", "x"),
        (r"\newcommand{\e}{\mathrm e}", r"\e\exp\eta", r"\mathrm e\exp\eta"),
    ],
)
def test_simple_macros_are_expanded(definition, formula, expanded):
    expand = macro_expander(collect_macros(f"<p>{definition}</p>"))
    assert " ".join(expand(formula).split()) == expanded


@pytest.mark.parametrize(
    "definition",
    [
        r"\newcommand{\x}[2][1]{#1#2}",
        r"\newcommand{\x}[9]{#1#9}",
        r"\newcommand{\x}{\x\x}",
        r"\newcommand{\x}{unclosed",
        r"\newcommand{\x}{" + "y" * 5000 + "}",
        r'"\\newcommand{\\x}{y}"',
    ],
)
def test_other_macros_are_not_expanded(definition):
    assert macro_expander(collect_macros(definition))(r"a\x{b}{c}") == r"a\x{b}{c}"


def test_the_last_definition_wins():
    assert collect_macros(r"\def\a{1}\def\a{2}") == {"a": Macro("2")}


def test_an_unclosed_argument_leaves_the_formula_unchanged():
    assert macro_expander({"v": Macro("[#1]", 1)})(r"\v{x") == r"\v{x"


def test_definitions_are_removed_from_a_formula():
    tex = r"\require{color}\newcommand{\a}[1]{b} x \def\c#1{d} \definecolor{e}{gray}{0.9} y"
    assert without_definitions(tex) == "x y"
    assert without_definitions(r"\newcommand{\a}{b}") == ""
    assert without_definitions(r"\defect x") == r"\defect x"


def test_bombs_end_early_and_change_nothing():
    bomb = {f"{chr(98 + i)}": Macro(rf"\{chr(97 + i)}" * 10) for i in range(20)}
    bomb["a"] = Macro("x" * 100)
    start = process_time()
    assert macro_expander(bomb)(r"\u") == r"\u"
    assert macro_expander({"a": Macro("[#1]", 1)})(r"\a{" * 6000) == r"\a{" * 6000
    collect_macros(r"\newcommand" * 100_000)
    collect_macros(r"\newcommand{\a}{" + "{" * 500_000)
    collect_macros(r"\newcommand{\a}{b}" * 50_000)
    collect_macros((r"\newcommand{\a}{" + "{" * 4000) * 500)
    assert process_time() - start < 3
