import pytest

from transforms.formulas.mathjax_config import math_config
from transforms.latex.macros import Macro


@pytest.mark.parametrize(
    ("script", "delimiters"),
    [
        (
            r"""MathJax.Hub.Config({tex2jax: {inlineMath: [['$','$'], ["\\(","\\)"]]}});""",
            (("$", "$", False), (r"\(", r"\)", False)),
        ),
        ("MathJax = {tex: {displayMath: [ ['@@', '@@'], ]}}", (("@@", "@@", True),)),
        ("MathJax={tex:{inlineMath:{'[+]':[['##','##']]}}}", (("##", "##", False),)),
        (
            'renderMathInElement(b, {"delimiters": [{left: "%%", right: "%%", display: true}]})',
            (("%%", "%%", True),),
        ),
        ("var inlineMath = makeDelimiters();", ()),
        ("MathJax = {tex: {inlineMath: [['unclosed", ()),
    ],
)
def test_delimiters_of_every_library_are_read(script, delimiters):
    assert math_config(f"<script>{script}</script>", ["a.js"]).delimiters == delimiters


@pytest.mark.parametrize(
    ("script", "macros"),
    [
        (r"""TeX: {Macros: {RR: "{\\bf R}", b: ["\\mathbf{#1}", 1]}}""",
         {"RR": Macro(r"{\bf R}"), "b": Macro(r"\mathbf{#1}", 1)}),
        (r"""macros: {"\\f": "#1f(#2)"}""", {"f": Macro("#1f(#2)", 2)}),
        (r"""macros: {x: function () { return 1; }, y: "z"}""", {}),
        (r"""macros: {loop: "\\loop"}""", {}),
        (r"""macros: {b: ["\\vec #1", "\u00b2"], c: ["\\vec #1", "99"]}""", {}),
    ],
)  # fmt: skip
def test_macros_of_every_library_are_read(script, macros):
    assert math_config(script, ["a.js"]).macros == macros


def test_asciimath_is_recognised_by_the_library_or_its_input():
    assert math_config("", ["MathJax.js?config=AM_CHTML"]).asciimath
    assert math_config("", ["/js/ASCIIMathML.js"]).asciimath
    assert math_config("loader: {load: ['input/asciimath']}", ["tex.js"]).asciimath
    assert not math_config("", ["MathJax.js?config=TeX-AMS_HTML"]).asciimath
