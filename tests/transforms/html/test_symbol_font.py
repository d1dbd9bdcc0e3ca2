import pytest
from resiliparse.parse.html import HTMLTree

from transforms.html.symbol_font import spell_symbol_font


def spelled(html):
    tree = HTMLTree.parse(f"<!doctype html><p>{html}</p>")
    spell_symbol_font(tree.document)
    return tree.body.text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<font face="Symbol">p</font>', "\u03c0"),
        ("<font face=symbol>a&#179;S&#206;</font>", "\u03b1\u2265\u03a3\u2208"),
        ('<span style="font-family:Symbol">&#61537;&#61619;</span>', "\u03b1\u2265"),
        ("<span style=\"color:red; font-family: 'Symbol', serif\">D</span>", "\u0394"),
        ('<span style="font: 12pt Symbol">l</span>', "\u03bb"),
    ],
)
def test_text_in_the_font_symbol_is_what_it_shows(html, text):
    assert spelled(html) == text


@pytest.mark.parametrize(
    "html",
    [
        '<font face="Arial">a symbol</font>',
        '<span style="font-family: Segoe UI Symbol">a</span>',
        '<span style="font-family:Arial" class="symbol">a</span>',
        "<p>The face = symbol of a</p>",
    ],
)
def test_text_in_other_fonts_stays(html):
    assert spelled(html) == HTMLTree.parse(f"<!doctype html><p>{html}</p>").body.text
