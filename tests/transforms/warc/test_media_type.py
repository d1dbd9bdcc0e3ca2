import pytest

from transforms.warc.media_type import is_blank, is_html, may_be_html, media_type

XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml"><head/><body/></html>'
DOCTYPE = b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/x.dtd">'
SUBSET = b'<!DOCTYPE html PUBLIC "x" [\n<!ENTITY a "b">\n<!ENTITY c "d>"> ] >'
XML = b'<?xml version="1.0" encoding="utf-8"?>'
STYLE = b'<?xml-stylesheet href="a.xsl" type="text/xsl"?>'


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("text/html", "text/html"),
        (" Text/HTML ; charset=utf-8", "text/html"),
        ("text/html, text/html; charset=utf-8", "text/html"),
        ("text/html; charset=utf-8, text/html", "text/html"),
        ("text/plain, text/html", "text/html"),
        ("text/html; charset=utf-8,gbk", "text/html"),
        ("text/html, */*", "text/html"),
        ("text/html charset=utf-8", "text/html"),
        ('"text/html"', "text/html"),
        ("text/html,", "text/html"),
        (", text/html", "text/html"),
        ("application/xhtml+xml", "application/xhtml+xml"),
        ("html", ""),
        ("text", ""),
        ("charset=utf-8", ""),
        ("*/*", ""),
        ("", ""),
    ],
)
def test_the_last_media_type_of_a_header_counts(header, name):
    assert media_type(header) == name


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><p>text",
        b"plain text",
        b"<custom-element>text",
        b"<svg width=0 height=0></svg><p>text",
        b"<?php echo 1 ?><p>text",
        XML + b"<head><title>t</title></head><p>text",
        XML + DOCTYPE + b"<x:y>text",
        XML + b"text",
        b"{ x } is a set",
        b"[1] is a reference",
        b'{"a": 1',
    ],
)
def test_what_is_declared_as_html_is_a_page(body):
    assert is_html("text/html", body)


@pytest.mark.parametrize(
    "body",
    [
        XML + XHTML,
        XML + STYLE + b"\n<!-- c -->\n" + XHTML,
        b"\xef\xbb\xbf" + XML + DOCTYPE + XHTML,
        XML + SUBSET + XHTML,
        DOCTYPE + b"<x>",
        b" \r\n" + XHTML,
        b"<HTML>text",
        ("\ufeff" + XHTML.decode()).encode("utf-16-le"),
        ("\ufeff" + XHTML.decode()).encode("utf-16-be"),
        (XML + XHTML).decode().encode("utf-16-le"),
        (XML + XHTML).decode().encode("utf-16-be"),
    ],
)
@pytest.mark.parametrize(
    "name", ["text/xml", "application/xml", "", "application/octet-stream", "text/html"]
)
def test_xhtml_is_a_page_whatever_its_type(name, body):
    assert may_be_html(name)
    assert is_html(name, body)


@pytest.mark.parametrize(
    "body",
    [
        XML + b"<rss version='2.0'>",
        XML + b"<!-- made by x --><feed xmlns='http://www.w3.org/2005/Atom'>",
        b"<rss><channel>",
        b"<rdf:RDF xmlns='x'>",
        XML + b"<svg xmlns='http://www.w3.org/2000/svg'>",
        b'<!DOCTYPE svg PUBLIC "x" "y"><svg>',
        XML + b"<urlset xmlns='x'>",
        XML + STYLE + b"<page>",
        XML + b"<math xmlns='x'>",
        b'{"a": [1, 2]}',
        b'\n[{"html": "<p>text</p>"}]\n',
        b"%PDF-1.7",
        b"\x89PNG\r\n",
        b"GIF89a",
        b"PK\x03\x04",
    ],
)
@pytest.mark.parametrize(
    "name", ["text/xml", "application/xml", "", "application/xhtml+xml", "text/html"]
)
def test_feeds_xml_json_and_binary_data_are_no_pages_whatever_their_type(name, body):
    assert not is_html(name, body)


@pytest.mark.parametrize(
    ("body", "is_page"),
    [
        (b"<!-- cached --><!DOCTYPE html>", True),
        (b"<!-- cached -->\n<p>text", True),
        (b"<!-- cached -->\ntext", True),
        (b"<!--" + b" license" * 10_000 + b"--><html>", True),
        (b" " * 5000 + b"<html>", True),
        (b"\xef\xbb\xbf\r\n<html>", True),
        (b"<title>t</title>", True),
        (b"<SCRIPT src=x>", True),
        (b"<br/>text", True),
        (b"<a href=x>", True),
        (b"<h1>", True),
        (b"<abc>", False),
        (b"<htmlx>", False),
        (b"<svg>", False),
        (b"<!-- cached --><svg>", False),
        (b'<!-- cached -->{"a": 1}', False),
        (b"<!-- without an end <html>", False),
        (b"<!DOCTYPE wml>", False),
        (b"text", False),
        (b"\0\1", False),
    ],
)
def test_a_page_without_a_type_is_known_by_its_start(body, is_page):
    assert is_html("", body) is is_page


@pytest.mark.parametrize("name", ["text/plain", "application/json", "image/svg+xml", "text/css"])
def test_other_types_are_no_pages(name):
    assert not may_be_html(name)


@pytest.mark.parametrize("body", [b"", b" \r\n\t\0", b"\xef\xbb\xbf \n", b"\xff\xfe \0\n\0"])
def test_white_space_is_blank(body):
    assert is_blank(body)
    assert not is_blank(body + b"x")


def test_a_deep_json_array_is_no_page():
    assert not is_html("text/html", b"[" * 200_000 + b"]" * 200_000)
