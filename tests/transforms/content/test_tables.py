import pytest
from resiliparse.parse.html import HTMLTree

from transforms.content.main_text import main_text

PROSE = "A group is abelian if any two of its elements commute, which is rarer than one may hope."


def text_of(table):
    return main_text(HTMLTree.parse(f"<!doctype html><body><p>{PROSE}</p>{table}")).text.split(
        "\n\n", 1
    )[1]


def test_rows_are_lines_and_a_rule_follows_the_header():
    table = """<table><caption>Orders</caption><thead><tr><th>n<th>groups</thead>
      <tr><td>1<td>1<tr><td>8<td>5</table>"""
    assert text_of(table) == "Orders\n\n| n | groups |\n| --- | --- |\n| 1 | 1 |\n| 8 | 5 |"


def test_a_cell_is_on_one_line_whatever_its_content():
    table = """<table><tr><td><p>a</p><p>b</p><td>c<br>d<td><ul><li>e<li>f</ul>
      <tr><td>\ue0001\ue001<td><td><a href=/x>g</a></table>"""
    assert text_of(table) == "| a b | c d | e f |\n| --- | --- | --- |\n| \ue0001\ue001 | | g |"


def test_a_row_with_furniture_in_a_cell_is_read_as_lines():
    table = '<table><tr><td>a<td class="hidden">b<tr><td>c<td>d</table>'
    assert text_of(table) == "a\n\n| c | d |\n| --- | --- |"


@pytest.mark.parametrize(
    "table",
    [
        f"<table><tr><td>{PROSE}{PROSE}<td>{PROSE}{PROSE}<tr><td>{PROSE}<td>{PROSE}</table>",
        "<table><tr><td>one<tr><td>column<tr><td>only</table>",
        "<table role=presentation><tr><td>a<td>b<tr><td>c<td>d</table>",
        "<table class=ltx_eqn_table><tr><td>\ue0001\ue001<td>1<tr><td>\ue0002\ue001<td>2</table>",
        "<table><tr><td><h2>a</h2><td>b<tr><td>c<td>d</table>",
        "<table><tr><td>only a row<td>of two</table>",
        "<table><tr><td>1<td><pre>x = 1</pre><tr><td>2<td><pre>y = 2</pre></table>",
    ],
)
def test_layout_tables_are_not_written_as_tables(table):
    assert "|" not in text_of(table)


def test_the_inner_of_nested_tables_can_be_a_data_table():
    inner = "<table><tr><td>a<td>b<tr><td>c<td>d</table>"
    assert text_of(f"<table><tr><td>{inner}<td>{PROSE}</table>").startswith(
        "| a | b |\n| --- | --- |\n| c | d |"
    )


def test_a_stray_row_marker_is_removed():
    page = f"<p>{PROSE}</p><table><tr><td>a<td>b<tr><td>c<td>d</table>\ue005 stray"
    assert main_text(HTMLTree.parse(page)).text.endswith(
        "| a | b |\n| --- | --- |\n| c | d |\n\nstray"
    )


def is_data(rows):
    table = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in cells)}" for cells in rows)
    return "|" in text_of(f"<table>{table}</table>")


def test_a_data_table_has_at_most_120_characters_per_cell():
    cell = "a" * 120
    assert is_data([[cell, cell], [cell, cell]])
    assert not is_data([[cell, cell], [cell, cell + "a"]])


def test_a_data_table_is_a_link_to_at_most_six_tenths():
    cell = "a" * 25
    linked = f"<a href=/x>{cell}</a>"
    assert is_data([[linked, linked], [f"<a href=/x>{'a' * 10}</a>{'a' * 15}", cell]])
    assert not is_data([[linked, linked], [f"<a href=/x>{'a' * 11}</a>{'a' * 14}", cell]])


def test_two_of_three_rows_of_a_data_table_have_several_cells():
    assert is_data([["a", "b"], ["c", "d"], ["e"]])
    assert not is_data([["a", "b"], ["c", "d"], ["e", "f"], ["g"], ["h"]])


def test_a_data_table_has_at_most_2000_cells():
    assert is_data([["a", "b"]] * 1000)
    assert not is_data([["a", "b"]] * 1000 + [["c"]])


def test_cells_that_span_rows_and_columns_leave_empty_cells():
    table = """<table><tr><th>Shape<th>Corners<th>Angle<tr><td rowspan=2>plane<td>3<td>a
      <tr><td>4<td>b<tr><td>solid<td colspan=2>c<tr><td>x<td rowspan=3>y<td>z
      <tr><td>u<td>v</table>"""
    assert text_of(table) == (
        "| Shape | Corners | Angle |\n| --- | --- | --- |\n| plane | 3 | a |\n| | 4 | b |\n"
        "| solid | c | |\n| x | y | z |\n| u | | v |"
    )


@pytest.mark.parametrize("span", ["0", "-1", "x", "99999", "1e3", ""])
def test_a_span_that_is_no_small_number_shifts_no_cell(span):
    table = f'<table><tr><td rowspan="{span}">a<td>b<tr><td>c<td>d</table>'
    assert text_of(table) == "| a | b |\n| --- | --- |\n| c | d |"


def test_a_table_of_links_with_a_header_row_is_a_data_table():
    rows = "".join(f"<tr><td><a href=/f{i}>primes({i})</a><td><a href=/w>a sieve</a>" for i in "12")
    header = "<tr><th>Function<th>Method"
    assert text_of(f"<table>{header}{rows}</table>") == (
        "| Function | Method |\n| --- | --- |\n| primes(1) | a sieve |\n| primes(2) | a sieve |"
    )


def test_a_table_of_links_to_exercises_is_data():
    table = (
        "<table><tr><td><a href=a>Exercise 1</a><td><a href=b>PDF</a>"
        "<tr><td><a href=c>Exercise 2</a><td><a href=d>PDF</a></table>"
    )
    page = f"<!doctype html><body><p>{PROSE}</p>{table}"
    assert main_text(HTMLTree.parse(page)).text.endswith(
        "| Exercise 1 | PDF |\n| --- | --- |\n| Exercise 2 | PDF |"
    )
