import pytest

from transforms.content.declared import (
    ASIDE,
    BODY,
    COMMENTS,
    TEASERS,
    Region,
    kind_of,
    region_selector,
)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (COMMENTS, "comments commentlist comments-area js-post-comments CommentSection"),
        (COMMENTS, "article-sidebar RightRailContainer disqus_thread respond"),
        (
            TEASERS,
            "RelatedStories jp-relatedposts--related most-read latest_news author-bio byline",
        ),
        (ASIDE, "share-bar socialLinks breadcrumb article__footer PromoSmall ad-slot meta author"),
        (BODY, "article-body storyBody post_text articlecontent entry__content page-content"),
        ("", "comment post main content has-sidebar no-comments comments-title share-icon"),
        ("", "content-sidebar-wrap social-media-embed adverb shareholder elementor-widget author2"),
        ("", "exercise solution dropdown theorem footnote endnotes latex gallery alert"),
    ],
)
def test_words_of_a_class_name_declare_the_kind_of_a_region(kind, names):
    assert {name: kind_of(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


def test_of_several_names_the_one_that_may_be_longest_decides_and_text_is_last():
    assert kind_of("story-body share related") == TEASERS
    assert kind_of("story-body share") == ASIDE
    assert kind_of("wide story-body") == BODY


def test_only_main_and_body_are_text():
    kinds = ("main", BODY, COMMENTS, TEASERS, ASIDE)
    assert [Region(kind).is_text for kind in kinds] == [True, True, False, False, False]


def test_the_selector_has_the_declaring_names_of_the_source():
    source = (
        """<div class="a share"><p class='b:share c'><UL id="a>b" class=related><a class=byline>"""
    )
    names = region_selector(source, has_ids=True).split(":is(")[2].rstrip(")").split(",")
    assert sorted(name for name in names if name[0] == ".") == [".related", ".share"]


def test_ids_declare_regions_only_on_pages_that_have_some():
    assert region_selector("", has_ids=False) == ""
    assert "#comments" in region_selector("", has_ids=True)
    assert "#comments" not in region_selector('<div class="share">', has_ids=False)


def test_telling_words_are_found_in_every_spelling():
    names = "latest-NEWS WideCommentList js_share XLcomment ads2 RELATEDPosts résumé-share"
    source = f'<div id=a class="{names} headset loaded wide">'
    found = region_selector(source, has_ids=False).split(":is(")[2].rstrip(")").split(",")
    expected = (name for name in names.split() if kind_of(name) and name.isascii())
    assert sorted(found) == sorted(f".{name}" for name in expected)


def test_a_flood_of_names_declares_nothing():
    source = "".join(f'<div class="share-{"x" * i}">' for i in range(501))
    assert ".share" not in region_selector(source, has_ids=True)
    assert kind_of("x" * 64 + "-share") == ""
