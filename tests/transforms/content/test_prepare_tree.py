from resiliparse.parse.html import HTMLTree

from transforms.content.prepare_tree import Prepared, prepare_tree


def prepared(html):
    tree = HTMLTree.parse(html)
    return prepare_tree(tree.document), tree.body.text


def test_regions_are_marked_by_number_and_look():
    html = "<main><article class='post a1'>x</article><article class=post-22>y</article></main>"
    seen, text = prepared(html)
    assert seen == Prepared(["main ", "article post", "article post"], "")
    assert text == (
        "\ue0020\ue003\ue0021\ue003x\ue0041\ue003\ue0022\ue003y\ue0042\ue003\ue0040\ue003"
    )


def test_the_title_is_the_one_heading_of_the_first_level():
    assert prepared("<h1>a\n <i>b</i></h1>")[0].title == "a b"
    assert prepared("<h1>a</h1><h1>b</h1>")[0].title == ""


def test_lists_nested_beyond_reason_are_noticed():
    assert not prepared("<ul><li>" * 16)[0].has_deep_lists
    assert prepared("<ul><li>" * 17)[0].has_deep_lists
    assert not prepared("<li class=content>" * 30)[0].has_deep_lists


def test_a_flood_of_regions_is_not_marked():
    seen, text = prepared("<article>x</article>" * 1001)
    assert seen == Prepared([], "")
    assert text == "x" * 1001
