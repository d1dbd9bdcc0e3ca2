from resiliparse.parse.html import HTMLTree

from transforms.formulas.replace import MARKUPS
from transforms.formulas.selectors import can_match, join_selectors, split_selector


def test_the_joined_selector_matches_what_its_parts_match():
    parts = ["img[alt]", "img[src]", "math", '[class*="math" i]', ".mathjax", ".katex", "b"]
    parts += ['[class*="latex" i]:not([class*="no" i])', '[class*="mula" i]', "span[data-tex]"]
    tree = HTMLTree.parse(
        "<!doctype html><img alt=a><img src=b><img><math></math><i class=x-MATH></i>"
        "<i class=mathjax></i><i class=katex></i><b></b><u></u><p class=that></p>"
        "<p class=aLaTeXb></p><a class='latex no'></a><li class=Formula></li><span></span>"
        "<span data-tex=x></span>"
    )
    tags = [node.tag for node in tree.document.query_selector_all(join_selectors(parts))[:]]
    assert tags == ["img", "img", "math", "i", "i", "i", "b", "p", "li", "span"]


def test_a_bare_tag_makes_its_conditions_redundant():
    assert join_selectors(["script[src]", "script", 'script[type="a"]']) == join_selectors(
        ["script"]
    )


def test_every_row_of_the_table_can_be_looked_up_by_tag_or_class():
    for markup in MARKUPS:
        for selector in split_selector(markup.selectors):
            tag = selector.split("[")[0].replace("\\", "") or "span"
            classes = (
                selector[1:] if selector.startswith(".") else "math latex katex formula equation"
            )
            assert can_match(selector, tag, classes), selector
