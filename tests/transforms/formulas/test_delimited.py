from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.formulas.delimited import text_formulas
from transforms.formulas.mathjax_config import MathConfig

PLAIN = MathConfig()
LIBRARY = MathConfig(library=True)


def formulas_in(text, config=PLAIN):
    return [("$$" if f.display else "$") + f.tex.strip() for f in text_formulas(text, config)]


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (r"so \(x\) holds", "$x"),
        (r"so \[x\] holds", "$$x"),
        ("so $$x^2$$ holds", "$$x^2"),
        ("so $x^2$ holds", "$x^2"),
        ("so $ x^2 $ holds", "$x^2"),
        ("so $$$n^2$$$ holds", "$n^2"),
        ("so $$$$$$n^2$$$$$$ holds", "$$n^2"),
        ("[itex]x[/itex]", "$x"),
        ("[tex]x[/tex]", "$x"),
        ("[latex]x[/latex]", "$x"),
        ("$latex x^2&s=2$", "$x^2"),
        (r"\begin{align*}a&=b\end{align*}", r"$$\begin{align*}a&=b\end{align*}"),
        ("split \\[ x\n\n + y \\] by a paragraph", "$$x\n\n + y"),
        (r"\text{if \(x\)} \(a \text{ if \(b\) is} c\)", "$x"),
        (r"$\text{if $x$ is even}$", r"$\text{if $x$ is even}"),
    ],
)
def test_each_pair_of_delimiters_encloses_a_formula(text, formula):
    assert formulas_in(text)[0] == formula


def test_a_formula_may_contain_others_in_its_text():
    assert formulas_in(r"\(a \text{ if \(b\) is } c\)") == [r"$a \text{ if $b$ is } c"]


@pytest.mark.parametrize(
    "text",
    [
        "from $5 and $10",
        "US$3,000 to US$4,000, or $1.5 million and $2 million",
        "set $HOME and $PATH",
        "the $user_name and the $pass_word",
        r"\$x^2\$",
        "$ $ $",
        "$x^2 and\n\nanother paragraph$",
        r"an \(opener without its closer",
        "$$ cheap, $$$ dear, $$$$ very dear",
    ],
)
def test_money_and_variables_of_programs_are_prose(text):
    assert formulas_in(text) == []


def test_money_stays_money_among_formulas():
    text = r"With $5 and $10 we buy $n$ of \(m\), or $3 for $x_1$ of them, $20."
    assert formulas_in(text, LIBRARY) == ["$n", "$m", "$x_1"]


def test_words_alone_are_formulas_only_where_the_page_has_mathematics():
    assert formulas_in("let $ABC$ be") == []
    assert formulas_in("let $ABC$ be", LIBRARY) == ["$ABC"]
    assert formulas_in(r"from $\alpha$ on, let $ABC$ be") == [r"$\alpha", "$ABC"]


def test_a_single_letter_is_a_formula_everywhere():
    assert formulas_in("let $x$ be $f(x) = 2$ but not a$b$c") == ["$x", "$f(x) = 2"]


def test_delimiters_of_the_page_are_read():
    config = MathConfig(delimiters=(("##", "##", False), ("@@", "@@", True)))
    assert formulas_in("so ##x## and @@y@@", config) == ["$x", "$$y"]
    assert formulas_in("so ##x## and @@y@@") == []
    assert formulas_in("a lone ## here\n\n## A heading\n\nand ##x##", config) == ["$x"]
    assert formulas_in("$$x^2$$", MathConfig(delimiters=(("$$", "$$", False),))) == ["$x^2"]


def test_backticks_are_formulas_only_on_pages_with_asciimath():
    assert formulas_in("so `x/2` holds", MathConfig(library=True, asciimath=True)) == ["$x/2"]
    assert formulas_in("so `x/2` holds", LIBRARY) == []


def test_an_opener_without_a_closer_does_not_swallow_the_next():
    assert formulas_in(r"\(a and then \(b\)") == ["$b"]
    assert formulas_in("$5 is less than $x^2$", LIBRARY) == ["$x^2"]


@pytest.mark.parametrize(
    "flood",
    [
        r"\(" * 100_000,
        "$" * 1_000_000,
        r"\begin{equation}" * 50_000,
        "${" * 300_000,
        "$a\\" * 200_000,
        r"\(\text{" * 50_000,
        "[tex]" * 200_000,
        "$x_{" * 100_000 + "}$" * 100_000,
    ],
    ids=lambda flood: flood[:8],
)
def test_floods_of_openers_take_linear_time(flood):
    start = process_time()
    for _ in text_formulas(flood, MathConfig(library=True, asciimath=True)):
        pass
    assert process_time() - start < 3  # seconds; each takes less than half a second


PIECES = st.sampled_from(
    [
        "$",
        "$$",
        r"\(",
        r"\)",
        r"\[",
        r"\]",
        "x",
        "{",
        "}",
        "\\",
        " ",
        "\n\n",
        "5",
        "[tex]",
        "[/tex]",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_formulas_are_in_order_and_inside_the_text(text):
    end = 0
    for formula in text_formulas(text, LIBRARY):
        assert end <= formula.start < formula.end <= len(text)
        assert formula.tex.strip()
        end = formula.end


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"[;\sum_{n=1}^\infty \frac{1}{n^2};] is [; \pi^2/6 ;]", 2),
        ("a matrix [;1 2; 3 4;] of a program and [; see below ;]", 0),
        (r"let ##V_0## be and ##\frac{p^2}{2m} > E_F##", 2),
        ("## A heading ##\n\n## Another one ##", 0),
        ("### A heading\n\n## Another one", 0),
    ],
)
def test_delimiters_of_forums_count_around_certain_formulas_only(text, formulas):
    assert len(formulas_in(text, LIBRARY)) == formulas


def test_hashes_do_not_count_without_a_library():
    assert formulas_in("let ##V_0## be") == []


@pytest.mark.parametrize(
    "text",
    [
        "prior$a + y, prior$b + n - y",
        "data$x_1 + data$y_2",
        "export PATH=$HOME/bin:$PATH",
        "for ($i=0;$i<$n;$i++)",
        "$a = $b",
    ],
)
def test_names_in_code_are_no_formulas(text):
    assert formulas_in(text, LIBRARY) == []


def test_formulas_beside_letters_still_count():
    assert formulas_in("the $n$th and $f(x)$is $x$-axis", LIBRARY) == ["$n", "$f(x)", "$x"]
