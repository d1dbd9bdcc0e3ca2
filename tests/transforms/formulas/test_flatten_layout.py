from resiliparse.parse.html import HTMLTree

from transforms.formulas.replace import replace_formulas

EQUATION = r'<img class="math-display" alt="\frac{a}{b}" src="e.png">'


def flattened(table):
    tree = HTMLTree.parse(table)
    replace_formulas(tree, table)
    paragraphs = tree.body.query_selector_all("p")[:]
    return [p.text.replace("\ue000", "<").replace("\ue001", ">") for p in paragraphs]


def test_a_formula_and_its_number_are_taken_out_of_their_table():
    table = f"<table><tr><td><center>\n{EQUATION}</center></td><td>(2.1)</td></tr></table>"
    assert flattened(table) == ["<0> (2.1)"]


def test_each_row_of_a_system_is_a_paragraph():
    row = f"<tr><td>{EQUATION}</td><td>{EQUATION}</td><td>(1a)</td></tr>"
    assert flattened(f"<table>{row}{row}</table>") == ["<0> <1> (1a)", "<2> <3> (1a)"]


def test_tables_with_other_content_stay_tables():
    assert (
        flattened(f"<table><tr><td>{EQUATION}</td><td>the slope of a line</td></tr></table>") == []
    )
    inline = '<img class="math" alt="x" src="e.png">'
    assert flattened(f"<table><tr><td>{inline}</td><td>2</td></tr></table>") == []
