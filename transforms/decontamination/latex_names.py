"""LaTeX commands and mathematical signs that look different and mean the same."""

from collections.abc import Iterable


def _same(names: str, command: str) -> dict[str, str]:
    return dict.fromkeys(_split(names), command)


def _pairs(signs: Iterable[str], commands: str) -> dict[str, str]:
    return dict(zip(signs, _split(commands), strict=True))


def _split(names: str) -> list[str]:
    return names.lower().split()


DROPPED = frozenset(  # commands that change only how a formula looks
    _split(
        "left right middle big bigg bigl bigr biggl biggr limits nolimits displaystyle textstyle "
        "scriptstyle quad qquad text textrm textbf textit mbox hbox mathrm mathbf mathit mathsf "
        "mathtt mathnormal boldsymbol bm rm bf it operatorname mathop mathrel mathbin mathopen "
        "mathclose hspace vspace hfill phantom hline nonumber notag label tag begin end lvert "
        "rvert vert mid smash boxed ensuremath lbrace rbrace prime"
    )
)
RENAMED = {
    **_same("dfrac tfrac cfrac", "frac"),
    **_same("dbinom tbinom choose", "binom"),
    **_same("leq leqslant leqq", "le"),
    **_same("geq geqslant geqq", "ge"),
    **_same("neq", "ne"),
    **_same("ldots cdots vdots ddots dotsc dotsb dotsm dotsi dotso", "dots"),
    **_same("to longrightarrow implies", "rightarrow"),
    **_same("iff longleftrightarrow", "leftrightarrow"),
    **_same("varnothing", "emptyset"),
    **_same("degree", "circ"),
    **_same("ast", "cdot"),
    **_same("bigtriangleup", "triangle"),
    **_same("overrightarrow", "vec"),
    **_same("widehat", "hat"),
    **_same("widetilde", "tilde"),
    **_same("bar", "overline"),
    **_pairs(_split("varepsilon vartheta varphi varrho varsigma"), "epsilon theta phi rho sigma"),
}
SIGNS = {  # character: command
    **_pairs("αβγδεζηθικλμ", "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu"),
    **_pairs("νξπρστυφχψω", "nu xi pi rho sigma tau upsilon phi chi psi omega"),
    **_pairs("≤⩽≥⩾≠×÷±∓", "le le ge ge ne times div pm mp"),  # noqa: RUF001
    **_pairs("·⋅∗∘°√∞", "cdot cdot cdot circ circ sqrt infty"),  # noqa: RUF001
    **_pairs("∑∏∫∂∇∠△⊥∥", "sum prod int partial nabla angle triangle perp parallel"),
    **_pairs("→⟶⇒⟹←⇔↔", "rightarrow " * 4 + "leftarrow leftrightarrow leftrightarrow"),
    **_pairs("∈∉∪∩⊂⊆⊃⊇", "in notin cup cap subset subseteq supset supseteq"),  # noqa: RUF001
    **_pairs("∅∀∃¬∧∨", "emptyset forall exists neg wedge vee"),  # noqa: RUF001
    **_pairs("≈≡∼≅≪≫…⋯", "approx equiv sim cong ll gg dots dots"),  # noqa: RUF001
    **_pairs("⌊⌋⌈⌉⟨⟩", "lfloor rfloor lceil rceil langle rangle"),
}  # fmt: skip
FUNCTIONS = frozenset(  # names that are words to a reader of text, but only part of a formula
    _split(
        "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp lim min max sup "
        "inf gcd lcm det dim deg arg mod ker frac sqrt binom pmatrix bmatrix vmatrix matrix array "
        "aligned tabular cdot dots ccc cccc"
    )
)
