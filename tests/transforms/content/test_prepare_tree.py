from resiliparse.parse.html import HTMLTree

from transforms.content.declared import ASIDE, BODY, COMMENTS, MAIN, Region
from transforms.content.prepare_tree import Prepared, prepare_tree


def prepared(html):
    tree = HTMLTree.parse(html)
    return prepare_tree(tree.document, html), tree.body.text


def test_regions_are_marked_with_their_index_and_have_names():
    html = "<main><article class='post a1'>x</article><article class=post-22>y</article></main>"
    result, text = prepared(html)
    names = ["main ", "article post", "article post"]
    assert result == Prepared([Region(MAIN, name) for name in names], "")
    assert text == (
        "\ue0020\ue003\ue0021\ue003x\ue0041\ue003\ue0022\ue003y\ue0042\ue003\ue0040\ue003"
    )


def test_the_title_is_the_only_h1():
    assert prepared("<h1>a\n <i>b</i></h1>")[0].title == "a b"
    assert prepared("<h1>a</h1><h1>b</h1>")[0].title == ""


def test_deeply_nested_lists_are_detected():
    assert not prepared("<ul><li>" * 16)[0].has_deep_lists
    assert prepared("<ul><li>" * 17)[0].has_deep_lists
    assert not prepared("<li class=content>" * 30)[0].has_deep_lists


def test_a_flood_of_regions_is_not_marked():
    result, text = prepared("<article>x</article>" * 1001)
    assert result == Prepared([], "")
    assert text == "x" * 1001


def test_class_names_and_ids_declare_regions_unless_the_element_is_the_main_text():
    html = (
        "<div class='b share-bar'>x</div><section id=comments>y</section>"
        "<div class='story-body wide'>z</div><main class=sidebar-left>m</main>"
        "<div class='content related'>c</div><span class=share>s</span>"
    )
    assert prepared(html)[0].regions == [
        Region(ASIDE),
        Region(COMMENTS),
        Region(BODY, "story-body wide"),
        Region(MAIN, "main sidebar-left"),
        Region(MAIN, "div content"),
    ]


def test_a_flood_of_declared_regions_leaves_the_others_marked():
    html = "<main>m</main>" + "<div class=share>x</div>" * 1001
    assert prepared(html)[0].regions == [Region(MAIN, "main ")]
