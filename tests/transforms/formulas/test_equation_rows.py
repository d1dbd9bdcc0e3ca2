from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from transforms.formulas.replace import replace_formulas
from transforms.formulas.write import write_formulas


def lines(html):
    tree = HTMLTree.parse(f"<!doctype html><body>{html}</body>")
    marked = replace_formulas(tree, html)
    assert marked.placeholders == tree.body.text.count("\ue000")
    text = extract_plain_text(tree, preserve_formatting=True, main_content=False)
    written = write_formulas(text, marked, html).text
    return [" ".join(line.split()) for line in written.split("\n") if line.strip()]


def math(tex, style=r"\displaystyle "):
    return (
        f'<math alttext="{style}{tex}" display="inline"><semantics><mi>x</mi>'
        f'<annotation encoding="application/x-tex">{style}{tex}</annotation></semantics></math>'
    )


def latexml_row(*cells, number=""):
    sides = ["right", "left"] * 3
    tds = "".join(
        f'<td class="ltx_td ltx_align_{side} ltx_eqn_cell">{cell}</td>'
        for side, cell in zip(sides, cells, strict=False)
    )
    pad = '<td class="ltx_eqn_cell ltx_eqn_center_pad"></td>'
    tag = f'<td class="ltx_eqn_cell ltx_eqn_eqno"><span>{number}</span></td>' if number else ""
    return f'<tr class="ltx_equation ltx_eqn_row">{pad}{tds}{pad}{tag}</tr>'


def test_each_row_of_an_aligned_table_of_latexml_is_one_display_formula():
    first = latexml_row(math("(a+b)^{2}"), math("=(a+b)(a+b)"), number="(1)")
    second = latexml_row("", math("=a^{2}+2ab+b^{2},"), number="(2)")
    table = f'<table class="ltx_equationgroup ltx_eqn_align ltx_eqn_table">{first}{second}</table>'
    assert lines(table) == ["$$(a+b)^{2}=(a+b)(a+b)$$", "(1)", "$$=a^{2}+2ab+b^{2},$$", "(2)"]


def test_two_equations_in_a_row_are_separated():
    row = latexml_row(math("a"), math("=b"), math("c"), math("=d"))
    table = f'<table class="ltx_equationgroup ltx_eqn_table">{row}</table>'
    assert lines(table) == [r"$$a=b \qquad c=d$$"]


def test_a_command_and_a_letter_of_two_cells_stay_apart():
    row = latexml_row(math(r"x\in"), math("A"))
    assert lines(f'<table class="ltx_eqn_table">{row}</table>') == [r"$$x\in A$$"]


def test_the_number_before_an_equation_stays_before_it():
    row = f'<tr class="ltx_eqn_row"><td class="ltx_eqn_eqno">8.7.1</td><td>{math("a=b")}</td></tr>'
    assert lines(f'<table class="ltx_eqn_table">{row}</table>') == ["8.7.1", "$$a=b$$"]


def test_rows_with_words_keep_their_contents():
    words = f'<tr class="ltx_eqn_row"><td>where <b>for all</b> {math("x", "")}</td></tr>'
    row = latexml_row(math("a"), math("=b"))
    table = f'<table class="ltx_eqn_table">{row}{words}{row}</table>'
    assert lines(table) == ["$$a=b$$", "where for all $x$", "$$a=b$$"]


def test_arrays_of_equations_of_latex2html_need_no_name():
    def image(tex):
        return f'<img src="img1.png" class="tex" alt="${tex}$">'

    cells = (r"\displaystyle f(x)", "=", r"\displaystyle x^2+1")
    sides = ("right", "center", "left")
    tds = "".join(
        f'<td align="{side}" nowrap>{image(tex)}</td>'
        for side, tex in zip(sides, cells, strict=True)
    )
    row = f'<tr valign="middle">{tds}<td width="10" align="right">(3)</td></tr>'
    assert lines(f'<table align="center">{row}</table>') == ["$$f(x)=x^2+1$$", "(3)"]


def test_tables_of_data_in_display_style_stay_tables():
    header = "<tr><th>n</th><th>value</th></tr>"
    row = f"<tr><td>{math('n^{2}')}</td><td>{math('=4')}</td></tr>"
    assert "$n^{2}$" in " ".join(lines(f"<table>{header}{row}</table>"))
    plain = f"<tr><td>{math('f(x)')}</td><td>{math('2x')}</td></tr>"
    assert "$f(x)$" in " ".join(lines(f"<table>{plain}</table>"))


def test_a_picture_in_characters_alone_in_its_row_keeps_its_lines():
    picture = '<img class="math-display" src="a.png" alt="   1\n- - -\n   x">'
    row = f"<tr><td>{picture}</td><td>(4)</td></tr>"
    tree = HTMLTree.parse(f'<table class="equation">{row}</table>')
    assert replace_formulas(tree, row).formulas[0].tex == "   1\n- - -\n   x"


def test_cells_without_display_style_are_joined_in_tables_that_are_named_after_equations():
    def math(contents):
        return f'<math class="ltx_Math" display="inline">{contents}</math>'

    left, right = math("<mi>x</mi>"), math("<mo>=</mo><mn>2</mn>")
    html = (
        '<table class="ltx_equation ltx_eqn_table"><tr class="ltx_equation ltx_eqn_row">'
        f'<td class="ltx_eqn_cell">{left}</td><td class="ltx_eqn_cell">{right}</td></tr></table>'
    )
    for page, expected in (
        (html, "$$x=2$$"),
        (html.replace("ltx_equation ltx_eqn_table", "eqnarray").replace("ltx_", ""), "$$x=2$$"),
        (f"<p>eqnarray</p><table><tr><td>{left}</td><td>{right}</td></tr></table>", "$x$$=2$"),
    ):
        tree = HTMLTree.parse(page)
        marked = replace_formulas(tree, page)
        written = write_formulas(tree.body.text, marked, page).text
        assert (
            written.replace("eqnarray", "").replace("\t", "").replace(" ", "").strip() == expected
        )
