import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.latex.mathml.convert import to_latex
from transforms.latex.mathml.tokens import is_balanced


def mrow(*operators):
    """Return a row of operators, one per character."""
    return "<mrow>" + "".join(f"<mo>{operator}</mo>" for operator in operators) + "</mrow>"


HALF = "<mfrac><mn>1</mn><mn>2</mn></mfrac>"
ROWS = (
    "<mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr>"
    "<mtr><mtd><mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr>"
)
TABLE = f"<mtable>{ROWS}</mtable>"


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<mi>x</mi><mo>&#8722;</mo><mn>1.5</mn>", "x-1.5"),
        ("<mi>α</mi><mi>x</mi><mi>α</mi><mn>2</mn>", r"\alpha x\alpha2"),
        ("<mfrac><mi>a</mi><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow></mfrac>", r"\frac{a}{b+1}"),
        ('<mfrac bevelled="true"><mi>a</mi><mi>b</mi></mfrac>', "a/b"),
        ("<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>", r"\sqrt{a+b}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        (
            "<mroot><mi>x</mi><mrow><mo>[</mo><mi>n</mi><mo>]</mo></mrow></mroot>",
            r"\sqrt[{[n]}]{x}",
        ),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_{i}^{2}"),
        ("<mphantom><mi>x</mi></mphantom>", ""),
        ("<mpadded width='0'><mi>x</mi></mpadded><merror><mi>y</mi></merror>", "xy"),
        ("<menclose notation='updiagonalstrike'><mi>x</mi></menclose>", r"\cancel{x}"),
        ("<menclose notation='box'><mi>x</mi></menclose>", r"\boxed{x}"),
        ("<menclose notation='radical'><mi>x</mi></menclose>", r"\sqrt{x}"),
        ("<maction selection='2'><mi>a</mi><mi>b</mi></maction>", "b"),
        ("<maction selection='9'><mi>a</mi><mi>b</mi></maction>", "a"),
        ("<mi>x</mi><mspace width='2em'/><mi>y</mi>", r"x\qquad y"),
        ("<mi>x</mi><mspace width='thinmathspace'/><mi>y</mi>", r"x\,y"),
        ("<ms>ab</ms>", r'\text{"ab"}'),
        ("<mstyle mathvariant='bold'><mi>x</mi><mo>+</mo><mi>β</mi></mstyle>", None),
    ],
)
def test_layout(mathml, latex):
    latex = r"\mathbf{x}+\boldsymbol{\beta}" if latex is None else latex
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", r"\sin x"),
        ("<mi mathvariant='normal'>cos</mi><mi>x</mi>", r"\cos x"),
        ("<mo>lim sup</mo>", r"\limsup"),
        ("<mi>Var</mi><mo>&ApplyFunction;</mo><mi>X</mi>", r"\operatorname{Var}X"),
        ("<mi>Var</mi>", r"\mathrm{Var}"),
        ("<mi>dx</mi>", "dx"),
        ("<mi mathvariant='normal'>d</mi><mi mathvariant='normal'>B</mi>", r"\mathrm{dB}"),
        ("<mi mathvariant='double-struck'>R</mi><mi>ℝ</mi>", r"\mathbb{R}\mathbb{R}"),
        ("<mi mathvariant='bold'>x</mi><mi>𝐱</mi><mi>𝐀𝐁</mi>", r"\mathbf{x}\mathbf{x}\mathbf{AB}"),
        ("<mi mathvariant='bold-italic'>x</mi><mi>𝜶</mi>", r"\boldsymbol{x}\boldsymbol{\alpha}"),
        (
            "<mi mathvariant='script'>L</mi><mi>ℒ</mi><mi>𝔤</mi>",
            r"\mathcal{L}\mathcal{L}\mathfrak{g}",
        ),
        ("<mi>𝑥</mi><mi>ℎ</mi>", "xh"),
        ("<mi>x\u0302</mi><mi>â</mi><mi>x²</mi><mn>½</mn>", r"\hat{x}\hat{a}x^{2}\frac{1}{2}"),
        ("<mo>&it;</mo><mo>&#x2063;</mo><mo>\u200b</mo>", ""),
        ("<mo>&lt;=</mo><mo>-></mo><mo>...</mo>", r"\leq\to\ldots"),
        ("<mo>≮</mo><mo>⊄</mo><mo>≢</mo>", r"\nless\not\subset\not\equiv"),
        ("<mo>#</mo><mo>%</mo><mi>_</mi><mo>&amp;</mo><mo>$</mo>", r"\#\%\_\&\$"),
        ("<mo>（</mo><mi>x</mi><mo>，</mo><mi>ｙ</mi><mo>）</mo>", "(x,y)"),
        ("<mi>速度</mi><mo>=</mo><mtext>如果 x</mtext>", r"\text{速度}=\text{如果 x}"),
        ("<mi>Größe</mi><mi>Ångström</mi>", r"\text{GrößeÅngström}"),
        ("<mtext> if 5 % of </mtext><mi>x</mi>", r"\text{ if 5 \% of }x"),
        ("<mtext>a_b \\ {c}</mtext>", r"\text{a\_b \textbackslash{} \{c\}}"),
        ("<mtext>x <b>and</b> <math><mi>y</mi></math></mtext>", r"\text{x and }y"),
        ("<mn>90</mn><mo>°</mo><mo>°</mo>", r"90^{\circ}{}^{\circ}"),
        ("<mo>{</mo><mi>x</mi><mo>∣</mo><mi>y</mi><mo>}</mo>", r"\{x\mid y\}"),
        ("<mi mathvariant='normal'>∣</mi><mi>x</mi><mi>∥</mi>", r"|x\|"),
        ("<mo fence='true'>∥</mo><mi>x</mi><mo>∥</mo>", r"\|x\parallel"),
        ("<merror><mtext>\\foo</mtext></merror><mi>x</mi>", r"\foo x"),
    ],
)
def test_characters_and_words(mathml, latex):
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<msup><mrow><mi>x</mi><mo>+</mo><mi>y</mi></mrow><mn>2</mn></msup>", "{x+y}^{2}"),
        ("<msup><mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow><mn>2</mn></msup>", "(x)^{2}"),
        ("<msup><msub><mi>x</mi><mi>i</mi></msub><mn>2</mn></msup>", "x_{i}^{2}"),
        ("<msup><msup><mi>x</mi><mi>i</mi></msup><mn>2</mn></msup>", "{x^{i}}^{2}"),
        ("<msup><mi>f</mi><mo>′</mo></msup><mi>g</mi><mo>′</mo><mi>h</mi><mo>″</mo>", "f'g'h''"),
        ("<msup><mi>f</mi><mn>2</mn></msup><mo>′</mo>", "f^{2}{}'"),
        ("<msup><mi>f</mi><mrow><mo>′</mo><mn>2</mn></mrow></msup>", "f'^{2}"),
        ("<msup><mn>90</mn><mo>°</mo></msup>", r"90^{\circ}"),
        ("<msup><mrow/><mn>2</mn></msup><mi>H</mi>", "{}^{2}H"),
        ("<msub><mi>x</mi><mrow/></msub>", "x"),
        ("<munder><mi>lim</mi><mi>n</mi></munder>", r"\lim_{n}"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>", r"\sum_{i}^{n}"),
        ("<munder><mi>argmax</mi><mi>x</mi></munder>", r"\operatorname*{argmax}_{x}"),
        (
            "<munder><mrow><mi>ess</mi><mo>&af;</mo></mrow><mi>x</mi></munder>",
            r"\operatorname*{ess}_{x}",
        ),
        ("<munder><mi>X</mi><mi>i</mi></munder>", r"\underset{i}{X}"),
        (  # what latex2mathml makes of \\big{(}x\\big{)}^2
            '<mo minsize="1.2em" maxsize="1.2em">{</mo><mo stretchy="false">(</mo><mi>}</mi>'
            "<mi>x</mi>"
            '<mo minsize="1.2em">{</mo><mo>)</mo><msup><mi>}</mi><mn>2</mn></msup>',
            "(x)^{2}",
        ),
        ("<mtext>for $n\\geq 1$, $P$-almost</mtext>", r"\text{for $n\geq1$, $P$-almost}"),
        ("<mtext>from $5 to $6</mtext>", r"\text{from \$5 to \$6}"),
        ("<msup><mi>\u2111</mi><mi>A</mi></msup>", r"\mathfrak{I}^{A}"),
        ("<mover><mi>\u211c</mi><mo>\u2192</mo></mover>", r"\vec{\mathfrak{R}}"),
        ("<mi>\u2111</mi><mo>(</mo><mi>z</mi><mo>)</mo>", r"\Im(z)"),
        ("<mpadded width='0'><mtext>\u29f8</mtext></mpadded><mo>\u2265</mo>", r"\not\geq"),
        ("<msup><mi>a</mi><mo>&af;</mo><mspace/><mi>b</mi></msup>", "a^{b}"),
        (
            '<mtable displaystyle="true"><mtr><mtd><mi>a</mi></mtd><mtd><mo>=</mo></mtd><mtd>'
            "<mtext>(1)</mtext></mtd></mtr><mtr><mtd><mo>[</mo><mn>5</mn><mi>p</mi><mi>t</mi>"
            "<mo>]</mo><mi>b</mi></mtd><mtd><mo>=</mo></mtd><mtd><mtext>(2.3a)</mtext></mtd></mtr>"
            "</mtable>",
            r"\begin{aligned}a & = \\ b & =\end{aligned}",
        ),
        ("<munder><mtext>P</mtext><mo>\u22c5</mo></munder>", r"\text{\d{P}}"),
        ("<munder><mtext>\u03bc</mtext><mo>\u22c5</mo></munder>", r"\underset{\cdot}{\mu}"),
        (
            "<munderover><mi>X</mi><mi>i</mi><mi>n</mi></munderover>",
            r"\overset{n}{\underset{i}{X}}",
        ),
        ("<mover><mo>=</mo><mtext>def</mtext></mover>", r"\overset{\text{def}}{=}"),
        ("<mover><mo>→</mo><mi>f</mi></mover>", r"\xrightarrow{f}"),
        ("<munder><mo>→</mo><mi>f</mi></munder>", r"\xrightarrow[f]{}"),
        ("<mover><mo stretchy='false'>→</mo><mi>f</mi></mover>", r"\overset{f}{\to}"),
        (
            "<mover><mi>x</mi><mo>^</mo></mover><mover><mi>v</mi><mo>→</mo></mover>",
            r"\hat{x}\vec{v}",
        ),
        ("<mover><mrow><mi>A</mi><mi>B</mi></mrow><mo>→</mo></mover>", r"\overrightarrow{AB}"),
        ("<mover><mrow><mi>A</mi><mi>B</mi></mrow><mo>¯</mo></mover>", r"\overline{AB}"),
        ("<mover><mi>x</mi><mo>\u0305</mo></mover>", r"\bar{x}"),
        ("<munder><mi>x</mi><mo>_</mo></munder>", r"\underline{x}"),
        ("<mover><munder><mo>∑</mo><mi>i</mi></munder><mi>n</mi></mover>", r"\sum_{i}^{n}"),
        (
            "<munder><munder><mi>x</mi><mo>⏟</mo></munder><mi>n</mi></munder>",
            r"\underbrace{x}_{n}",
        ),
        (
            "<munder><mo>∑</mo><mtable><mtr><mtd><mi>i</mi></mtd></mtr>"
            "<mtr><mtd><mi>j</mi></mtd></mtr></mtable></munder>",
            r"\sum_{\substack{i \\ j}}",
        ),
        (
            "<mmultiscripts><mi>R</mi><mi>i</mi><none/><none/><mi>j</mi>"
            "<mprescripts/><mn>1</mn><mn>2</mn></mmultiscripts>",
            "{}_{1}^{2}R_{i}{}^{j}",
        ),
    ],
)
def test_scripts(mathml, latex):
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        (f"<mo>(</mo>{TABLE}<mo>)</mo>", r"\begin{pmatrix}a & b \\ c & d\end{pmatrix}"),
        (f"<mo>|</mo>{TABLE}<mo>|</mo>", r"\begin{vmatrix}a & b \\ c & d\end{vmatrix}"),
        (
            f"<mfenced open='[' close=']'>{TABLE}</mfenced>",
            r"\begin{bmatrix}a & b \\ c & d\end{bmatrix}",
        ),
        (f"<mi>f</mi><mo>{{</mo>{TABLE}", r"f\begin{cases}a & b \\ c & d\end{cases}"),
        (f"<mo>{{</mo>{TABLE}<mo fence='true'></mo>", r"\begin{cases}a & b \\ c & d\end{cases}"),
        (
            f"<mtable displaystyle='true'>{ROWS}</mtable>",
            r"\begin{aligned}a & b \\ c & d\end{aligned}",
        ),
        (
            f"<mtable columnalign='right left'>{ROWS}</mtable>",
            r"\begin{aligned}a & b \\ c & d\end{aligned}",
        ),
        (
            f"<mtable columnalign='left left'>{ROWS}</mtable>",
            r"\begin{array}{ll}a & b \\ c & d\end{array}",
        ),
        (
            f"<mtable columnlines='solid' rowlines='solid'>{ROWS}</mtable>",
            r"\begin{array}{c|c}a & b \\ \hline c & d\end{array}",
        ),
        (
            "<mtable><mlabeledtr><mtd><mtext>(1)</mtext></mtd><mtd><mi>x</mi></mtd></mlabeledtr>",
            "x",
        ),
        (
            "<mtable><mtr><mtd>1</mtd></mtr><mtr><mtd><mo>[</mo><mn>2</mn><mo>]</mo></mtd></mtr></mtable>",
            r"\begin{matrix}1 \\ {}[2]\end{matrix}",
        ),
        ("<mtable></mtable>", ""),
        (
            "<mtable><mtr><mtd><mo>&amp;</mo></mtd><mtd></mtd></mtr><mtr></mtr></mtable>",
            r"\begin{matrix}\& \\ \end{matrix}",
        ),
        (
            "<mstack><mn>12</mn><msrow><mo>+</mo><mn>5</mn></msrow><msline/><mn>17</mn></mstack>",
            r"\begin{array}{r}12 \\ +5 \\ \hline17\end{array}",
        ),
    ],
)
def test_tables(mathml, latex):
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        (f"<mo>(</mo>{HALF}<mo>)</mo>", r"\left(\frac{1}{2}\right)"),
        (f"<mo stretchy='false'>(</mo>{HALF}<mo stretchy='false'>)</mo>", r"(\frac{1}{2})"),
        (
            f"<mi>f</mi><mo>(</mo>{HALF}<mo>)</mo><mo>(</mo><mi>x</mi><mo>)</mo>",
            r"f\left(\frac{1}{2}\right)(x)",
        ),
        (f"<mo>(</mo>{HALF}<msup><mo>)</mo><mn>2</mn></msup>", r"\left(\frac{1}{2}\right)^{2}"),
        (f"<mo>⟨</mo>{HALF}<mo>|</mo>", r"\left\langle\frac{1}{2}\right|"),
        (f"<mo>[</mo>{HALF}<mo>)</mo>", r"\left[\frac{1}{2}\right)"),
        (f"<mo>(</mo>{HALF}", r"(\frac{1}{2}"),
        (f"<mo>|</mo>{HALF}<mo>|</mo><mi>x</mi><mo>|</mo>", r"|\frac{1}{2}|x|"),
        ("<mfenced><mi>x</mi><mi>y</mi></mfenced>", "(x,y)"),
        (
            "<mfenced open='{' close='' separators=';'><mi>x</mi><mi>y</mi></mfenced>",
            r"\left\{x;y\right.",
        ),
        (f"<mfenced separators='|'><mrow>{HALF}</mrow></mfenced>", r"\left(\frac{1}{2}\right)"),
        (
            "<mo>(</mo><mfrac linethickness='0'><mi>n</mi><mi>k</mi></mfrac><mo>)</mo>",
            r"\binom{n}{k}",
        ),
        ("<mfrac linethickness='0pt'><mi>n</mi><mi>k</mi></mfrac>", r"{n \atop k}"),
        (
            "<mi>a</mi><mspace width='1em'/><mo>(</mo><mi>mod</mi>"
            "<mspace width='.3em'/><mi>n</mi><mo>)</mo>",
            r"a\pmod{n}",
        ),
    ],
)
def test_fences_grow_around_tall_content(mathml, latex):
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        (
            "<m:math xmlns:m='x'><m:mi>x</m:mi><m:mspace width='1em'/><m:mi>y</m:mi></m:math>",
            r"x\quad y",
        ),
        ("<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>", "x^{2}"),
        ("<MATH><MSUP><MI MATHVARIANT='Bold'>x</MI><MN>2</MN></MSUP></MATH>", r"\mathbf{x}^{2}"),
        # what an HTML parser makes of <mml:none/>: it stays open
        (
            "<mml:mmultiscripts><mml:mi>C</mml:mi><mml:none><mml:mi>k</mml:mi></mml:none>",
            "C^{k}",
        ),
        ("<math><mi>x<mo>+<mi>y", "x+y"),
        ("<math><mrow><mi>x</mi></math></mrow><mi>y</mi>", "xy"),
        (
            "<math><mfrac><mi>a</mi></mfrac><msup><mi>b</mi></msup><mroot></mroot></math>",
            r"ab\sqrt{}",
        ),
        ("<math><mo><</mo><mi>a</mi><mo>>=</mo></math>", r"<a\geq"),
        ("<math alttext='a<b>c' title=\"<mi>no</mi>\"><mi>a</mi></math>", "a"),
        ("<math><mo>&amp;lt;</mo><mo>&amp;#x2264;</mo></math>", r"<\leq"),
        ("<math><mo>…<!-- … --></mo><!-- <mi>x</mi> --><mi>y</mi></math>", r"\ldots y"),
        ("<math><mi>x</mi><!-- <mi>y</mi>", "x"),
        ("<math><mi><![CDATA[x]]></mi></math>", "x"),
        ("<math><mi>\n   x\n </mi>\n <mo> + </mo>\n</math>", "x+"),
        ("<math><mi mathvariant=bold>x</mi></math>", r"\mathbf{x}"),
        ("<math><svg:g><mi>x</mi></svg:g><unknown><mi>y</mi></unknown></math>", "xy"),
        ("<math>\\frac{a}{b}</math>", r"\frac{a}{b}"),
        ("<math>50% } of</math>", r"\text{50\% \} of}"),
        ("<mi>x</mi>", "x"),
        ("x", "x"),
        ("", ""),
    ],
)
def test_markup_in_any_state_is_read(mathml, latex):
    assert to_latex(mathml) == latex


@pytest.mark.parametrize(
    "encoding",
    ["application/x-tex", "LaTeX", "TeX", "application/x-latex; charset=utf-8", "SnuggleTeX"],
)
def test_a_tex_annotation_wins(encoding):
    tex = "$\\frac ab % a note\n&lt; 5\\%$"
    annotation = f"<annotation encoding='{encoding}'>{tex}</annotation>"
    mathml = f"<math><semantics><mi>x</mi>{annotation}</semantics><mi>y</mi></math>"
    assert to_latex(mathml) == r"\frac ab < 5\% y"


@pytest.mark.parametrize("encoding", ["text/plain", "MathType-MTEF", "StarMath 5.0", ""])
@pytest.mark.parametrize("tex", ["x^2", ""])
def test_an_annotation_in_another_language_does_not(encoding, tex):
    annotation = f"<annotation encoding='{encoding}'>{tex}</annotation>"
    assert to_latex(f"<math><semantics><mi>x</mi>{annotation}</semantics></math>") == "x"


def test_a_truncated_annotation_does_not():
    annotation = "<annotation encoding='TeX'>\\frac{a}{b</annotation>"
    assert to_latex(f"<math><semantics><mi>x</mi>{annotation}</semantics></math>") == "x"


def test_presentation_wins_over_content():
    content = "<apply><times/><ci>a</ci><ci>b</ci></apply>"
    shown = "<annotation-xml encoding='MathML-Presentation'><mi>c</mi></annotation-xml>"
    assert to_latex(f"<math><semantics>{content}{shown}</semantics></math>") == "c"
    shown = "<annotation-xml encoding='MathML-Content'><ci>c</ci></annotation-xml>"
    assert to_latex(f"<math><semantics><mi>d</mi>{shown}</semantics></math>") == "d"
    assert to_latex(f"<math><semantics>{content}</semantics></math>") == "ab"


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<apply><times/><apply><plus/><ci>a</ci><ci>b</ci></apply><ci>c</ci></apply>", "(a+b)c"),
        ("<apply><minus/><ci>a</ci><apply><minus/><ci>b</ci><cn>1</cn></apply></apply>", "a-(b-1)"),
        ("<apply><plus/><ci>a</ci><apply><minus/><ci>b</ci></apply></apply>", "a-b"),
        ("<apply><times/><cn>2</cn><cn>3</cn></apply>", r"2\cdot3"),
        ("<apply><power/><apply><sin/><ci>x</ci></apply><cn>2</cn></apply>", r"(\sin x)^{2}"),
        (
            "<apply><divide/><cn>1</cn><apply><root/><ci>x</ci></apply></apply>",
            r"\frac{1}{\sqrt{x}}",
        ),
        ("<apply><csymbol cd='relation1'>leq</csymbol><ci>a</ci><ci>b</ci></apply>", r"a\leq b"),
        ("<apply><ci>f</ci><ci>x</ci><ci>y</ci></apply>", "f(x,y)"),
        (
            "<apply><forall/><bvar><ci>x</ci></bvar><apply><in/><ci>x</ci><reals/></apply></apply>",
            r"\forall x\colon x\in\mathbb{R}",
        ),
        (
            "<apply><int/><bvar><ci>x</ci></bvar><lowlimit><cn>0</cn></lowlimit>"
            "<uplimit><infinity/></uplimit><apply><exp/><ci>x</ci></apply></apply>",
            r"\int_{0}^{\infty}e^{x}\,dx",
        ),
        (
            "<apply><diff/><bvar><ci>x</ci><degree><cn>2</cn></degree></bvar><ci>f</ci></apply>",
            r"\frac{d^{2} f}{dx^{2}}",
        ),
        (
            "<apply><partialdiff/><bvar><ci>x</ci></bvar><bvar><ci>y</ci></bvar><ci>f</ci></apply>",
            r"\frac{\partial^{2} f}{\partial x\partial y}",
        ),
        (
            "<apply><sum/><bvar><ci>i</ci></bvar><lowlimit><cn>1</cn></lowlimit>"
            "<uplimit><ci>n</ci></uplimit><ci>i</ci></apply>",
            r"\sum_{i=1}^{n}i",
        ),
        (
            "<cn type='rational'>1<sep/>2</cn><cn type='e-notation'>2<sep/>5</cn>",
            r"\frac{1}{2}2\times10^{5}",
        ),
        (
            "<piecewise><piece><cn>0</cn><ci>p</ci></piece><otherwise><cn>1</cn></otherwise></piecewise>",
            r"\begin{cases}0 & \text{if }p \\ 1 & \text{otherwise}\end{cases}",
        ),
        (
            "<matrix><matrixrow><cn>1</cn><cn>0</cn></matrixrow></matrix>",
            r"\begin{pmatrix}1 & 0\end{pmatrix}",
        ),
        (
            "<set><ci>a</ci><ci>b</ci></set>"
            "<interval closure='open'><cn>0</cn><cn>1</cn></interval>",
            r"\{a,b\}(0,1)",
        ),
        ("<apply/><apply><plus/></apply><apply><power/></apply><apply><selector/></apply>", "()"),
    ],
)
def test_content_mathml_becomes_usual_notation(mathml, latex):
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.slow
@pytest.mark.parametrize(
    "hostile",
    [
        "<mrow>" * 150_000,
        "<msqrt>" * 60_000 + "<mi>x</mi>" + "</msqrt>" * 60_000,
        "<mtable><mtr><mtd>" * 50_000,
        "<mrow>" + "<mo>(</mo>" * 40_000 + HALF + "<mo>)</mo>" * 40_000,
        "<mrow>" * 150 + "</mi>a" * 150_000,
        "<a \"'" * 150_000,
        '="<' * 200_000,
        "<" + "a" * 900_000,
        "<!--" * 200_000,
        "<mi>" + "&lt;" * 200_000,
        "<mi>x" + "\u0302" * 500_000,
        "<mtext>" + "\\a{" * 200_000,
        "<mi " + 'a="b" ' * 150_000 + " mathvariant='bold'>x</mi>",
        "<semantics><annotation encoding='TeX'>" + "%\\\\" * 200_000,
        "<mrow>" + "<mo>(</mo><mi>mod</mi>" * 40_000,
        "<mrow><mi>mod</mi>" + "<mspace width='1em'/>" * 20_000,
        "<msup><mi>x</mi><mrow><mi>y</mi>" + "<mspace width='1em'/>" * 20_000,
        "<apply><diff/><bvar><ci>x</ci></bvar>" * 20_000,
    ],
    ids=lambda text: text[:24],
)
def test_hostile_input_takes_linear_time(hostile):
    start = time.process_time()
    to_latex(hostile)
    assert time.process_time() - start < 3


def test_text_nested_too_deep_is_kept_without_its_tags():
    deep = "<mrow>" * 400 + "<msqrt><mi>x</mi><mo>+</mo><mi>y</mi></msqrt>" + "</mrow>" * 400
    assert to_latex(f"<math>{deep}<mi>z</mi></math>") == "x+yz"


def test_input_that_is_too_long_is_truncated():
    assert to_latex("<mi>x</mi>" * 60_000) == "x" * 50_000


TAGS = """
mi mn mo mtext ms mrow mfenced mfrac msqrt mroot msub msup msubsup munder mover munderover
mmultiscripts mprescripts none mtable mtr mtd menclose mphantom mstyle mspace maction semantics
annotation merror math apply ci cn plus minus times power root diff bvar int sum set lambda
piecewise piece matrix matrixrow interval mlongdiv mstack msline sep p
"""
ATTRIBUTES = (
    "",
    " mathvariant='bold'",
    " linethickness='0'",
    " open='{' close=''",
    " encoding='application/x-tex'",
    " notation='longdiv'",
    " columnalign='right left'",
    " displaystyle='true'",
    " stretchy='false'",
)
TEXTS = [
    "x",
    "12",
    "(",
    ")",
    "{",
    "}",
    "\\",
    "^",
    "_",
    "′",
    "∑",
    "→",
    "¯",
    "|",
    "lim",
    "é",
    "if x ",
    "°",
    "𝐱",
    "\\x{",
]
TREES = st.recursive(
    st.sampled_from(TEXTS).map(lambda text: f"<mi>{text}</mi>") | st.sampled_from(TEXTS),
    lambda trees: st.builds(
        lambda tag, attribute, inner: f"<{tag}{attribute}>{''.join(inner)}</{tag}>",
        st.sampled_from(TAGS.split()),
        st.sampled_from(ATTRIBUTES),
        st.lists(trees, max_size=4),
    ),
    max_leaves=25,
)


@given(TREES)
def test_any_tree_becomes_tex_with_balanced_groups(mathml):
    tex = to_latex(mathml)
    assert is_balanced(tex)
    assert "\n" not in tex
    assert tex == tex.strip()
    left, right = re.findall(r"\\left(?![a-z])", tex), re.findall(r"\\right(?![a-z])", tex)
    assert len(left) == len(right)
    begun, ended = re.findall(r"\\begin\{(\w+)\}", tex), re.findall(r"\\end\{(\w+)\}", tex)
    assert sorted(begun) == sorted(ended)


@given(st.text(max_size=80) | st.text(alphabet="<>/mi&;=\"'! -[]{}\\x", max_size=80))
def test_any_text_is_read_without_an_exception(text):
    assert is_balanced(to_latex(text))


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("c_1", "c_{1}"),
        ("x_max", r"x_{\max}"),
        ("rate_i", r"\mathrm{rate}_{i}"),
        ("_x", r"\_x"),
        ("a_b_c", r"a\_b\_c"),
    ],
)
def test_an_underscore_in_a_content_name_is_a_subscript_if_one_index_follows(name, latex):
    result = to_latex(f"<math><apply><plus/><ci>{name}</ci><ci>b</ci></apply></math>")
    assert result == f"{latex}+b"


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ('<mi>a</mi><mo data-op="relseq,=">=</mo><mn data-font="normal">1</mn>', "a=1"),
        ("<mi>a</mi><mo data-latex='='>=</mo><mn data-latex='1'>1</mn>", "a=1"),
        ('<mi title="a<b">a</mi><mo data-x="=" data-y="<=">=</mo><mn data-z="2">1</mn>', "a=1"),
        ('<mi data-x="a=" >a</mi><mo data-x = "=" >=</mo><mn>1</mn>', "a=1"),
    ],
)
def test_an_attribute_that_ends_in_an_equals_sign_hides_no_element(mathml, latex):
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<msup>x<mn>2</mn></msup><mo>+</mo><mn>1</mn>", "x^{2}+1"),
        ("<msub><mi>x</mi>2</msub>", "x_{2}"),
        ("<mfrac>1<mi>x</mi></mfrac>", r"\frac{1}{x}"),
        ("<msup>12<mn>3</mn></msup>", "12^{3}"),
        ("<msqrt>x</msqrt>", r"\sqrt{x}"),
    ],
)
def test_bare_text_is_the_child_at_its_position(mathml, latex):
    assert to_latex(f"<math>{mathml}</math>") == latex


@pytest.mark.parametrize(
    ("character", "command"),
    [
        ("\u2a5e", "doublebarwedge"),
        ("\u2a8b", "lesseqqgtr"),
        ("\u2a8c", "gtreqqless"),
        ("\u2ab5", "precneqq"),
        ("\u21a4", "mapsfrom"),
        ("\u2a09", "bigtimes"),
    ],
)
def test_rare_symbols_have_their_command(character, command):
    assert to_latex(f"<math><mi>a</mi><mo>{character}</mo><mi>b</mi></math>") == rf"a\{command} b"


@pytest.mark.parametrize("source", ['<a "', '<a ="', "<a ='\"", '<a="<a" ', "<a = "])
def test_unclosed_quotes_take_linear_time(source):
    def cost(times):
        start = time.process_time()
        to_latex(source * times)
        return time.process_time() - start

    assert cost(40_000) < 40 * cost(4_000) + 0.5


def test_ids_and_references_to_ids_do_not_change_a_formula():
    named = '<math id="m1"><mi id="a" xref="b">x</mi><mo id="a>b" mathvariant="bold">+</mo></math>'
    assert to_latex(named) == to_latex(
        '<math><mi>x</mi><mo id="a>b" mathvariant="bold">+</mo></math>'
    )
    assert to_latex("<math><mtext> id=2 </mtext></math>") == r"\text{ id=2 }"
