import pytest

from transforms.html.xhtml import is_xhtml, with_end_tags


@pytest.mark.parametrize(
    ("html", "content_type", "expected"),
    [
        ("<html>", "application/xhtml+xml; charset=utf-8", True),
        ("<html>", "Application/XML", True),
        ("<html>", "text/xml", True),
        ("<?xml version='1.0'?><html>", "text/html", False),
        ("<?xml version='1.0'?><html>", None, True),
        ("<html>", None, False),
        ("<html>", "text/html", False),
    ],
)
def test_a_page_is_xhtml_by_its_type_or_if_it_has_none_by_its_declaration(
    html, content_type, expected
):
    assert is_xhtml(html, content_type) is expected


@pytest.mark.parametrize(
    ("xhtml", "html"),
    [
        ("<script src='a.js'/>", "<script src='a.js'></script>"),
        ("<title/><p/><A id='x' />", "<title></title><p></p><A id='x' ></A>"),
        ("<br/><img src='a'/><HR />", "<br/><img src='a'/><HR />"),
        ("<m:mspace width='1em'/>", "<m:mspace width='1em'></m:mspace>"),
        ("a / b > c </p>", "a / b > c </p>"),
        ("<p title='a/>b'>", "<p title='a></p>b'>"),  # `>` in a value: rare, and harmless
    ],
)
def test_only_empty_elements_get_end_tags(xhtml, html):
    assert with_end_tags(xhtml) == html


@pytest.mark.parametrize(
    "text", ["<a" * 100_000, "<a " * 60_000, "<a " + " " * 200_000, "<" * 200_000]
)
def test_any_text_takes_linear_time(text):
    assert with_end_tags(text) == text


@pytest.mark.parametrize(
    "subset", ["[]", "[<!ENTITY m 'http://www.w3.org/1998/Math/MathML'>\n<!-- x -->] "]
)
def test_the_internal_subset_of_a_document_type_is_removed(subset):
    doctype = '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1 plus MathML 2.0//EN" "x.dtd"'
    page = "<html><body><p>text [1] > x</p></body></html>"
    assert with_end_tags(f"<?xml version='1.0'?>{doctype} {subset}>{page}") == (
        f"<?xml version='1.0'?>{doctype} >{page}"
    )
    assert with_end_tags(f"{doctype}>{page}") == f"{doctype}>{page}"
